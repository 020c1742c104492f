/*
 * The loop of naive.js in C, without the array of features, so that the compiler can keep every loop in vectors.
 *
 * Usage: naive TASK. TASK holds int32 d, samples, chains; int8 contexts [chains][samples][2d]; uint8 long [chains][samples].
 * For each line `run LAMBDA` on stdin it trains every chain once and prints the CPU and the wall seconds. `weights LAMBDA
 * FILE` does the same, and writes the averaged weights of predictors 1, stop, 2, ..., d of each chain, float64, to FILE.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef REAL
#define REAL float
#endif

typedef struct {
  int plain, products, steps, t;
  REAL *v, *sum;
} predictor;

static int d, samples, chains;
static double lambda;

static void step(predictor *p, const REAL *u, REAL target) {
  const int n = p->plain, m = p->products, t = ++p->t;
  const REAL last = u[n - 1];
  REAL *restrict v = p->v, *restrict w = p->v + n;
  REAL plain = 0, product = 0;
  for (int j = 0; j < n; j++) plain += v[j] * u[j];
  for (int j = 0; j < m; j++) product += w[j] * u[j];
  const double logit = t == 1 ? 0 : (double)(plain + last * product) / (lambda * (t - 1));
  const REAL e = (REAL)(target / (1 + exp(target * logit))), f = e * last;
  if (t > p->steps / 2) {
    const REAL share = (REAL)(1.0 / t);
    REAL *restrict a = p->sum, *restrict b = p->sum + n;
    for (int j = 0; j < n; j++) { v[j] += e * u[j]; a[j] += v[j] * share; }
    for (int j = 0; j < m; j++) { w[j] += f * u[j]; b[j] += w[j] * share; }
  } else {
    for (int j = 0; j < n; j++) v[j] += e * u[j];
    for (int j = 0; j < m; j++) w[j] += f * u[j];
  }
}

static predictor make(int plain, int products, int steps) {
  predictor p = {plain, products, steps, 0, calloc(plain + products, sizeof(REAL)), calloc(plain + products, sizeof(REAL))};
  return p;
}

static predictor *make_chain(const unsigned char *is_long) {
  int long_count = 0;
  for (int i = 0; i < samples; i++) long_count += is_long[i];
  predictor *p = malloc((d + 1) * sizeof(predictor));
  p[0] = make(d, 0, samples);
  p[1] = make(d + 1, d + 1, samples);
  for (int l = 2; l <= d; l++) p[l] = make(d + l - 1, d + l - 2, long_count);
  return p;
}

static void train(predictor *p, const signed char *contexts, const unsigned char *is_long, REAL *u) {
  for (int l = 0; l <= d; l++) {
    memset(p[l].v, 0, (p[l].plain + p[l].products) * sizeof(REAL));
    memset(p[l].sum, 0, (p[l].plain + p[l].products) * sizeof(REAL));
    p[l].t = 0;
  }
  for (int i = 0; i < samples; i++) {
    const signed char *context = contexts + (size_t)2 * d * i;
    for (int j = 0; j < 2 * d; j++) u[j] = context[j];
    step(&p[0], u, u[d]);
    step(&p[1], u, is_long[i] ? 1 : -1);
    if (is_long[i]) for (int l = 2; l <= d; l++) step(&p[l], u, u[d + l - 1]);
  }
}

static void write_weights(const predictor *p, FILE *file) {
  for (int l = 0; l <= d; l++) {
    const double count = lambda * (p[l].steps - p[l].steps / 2);
    for (int j = 0; j < p[l].plain + p[l].products; j++) {
      const double weight = p[l].sum[j] / count;
      fwrite(&weight, sizeof weight, 1, file);
    }
  }
}

static double seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec + 1e-9 * now.tv_nsec;
}

int main(int argc, char **argv) {
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  int header[3];
  if (!file || fread(header, 4, 3, file) != 3) return 1;
  d = header[0], samples = header[1], chains = header[2];
  const size_t steps = (size_t)chains * samples;
  signed char *contexts = malloc(2 * d * steps);
  unsigned char *is_long = malloc(steps);
  if (fread(contexts, 2 * d, steps, file) != steps || fread(is_long, 1, steps, file) != steps) return 1;
  predictor **chain = malloc(chains * sizeof *chain);
  for (int c = 0; c < chains; c++) chain[c] = make_chain(is_long + (size_t)c * samples);
  REAL *u = malloc(2 * d * sizeof(REAL));
  char line[512], command[16], path[480];
  while (fgets(line, sizeof line, stdin)) {
    const int words = sscanf(line, "%15s %lf %479s", command, &lambda, path);
    const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC);
    for (int c = 0; c < chains; c++) {
      train(chain[c], contexts + (size_t)2 * d * samples * c, is_long + (size_t)samples * c, u);
    }
    const double cpu_end = seconds(CLOCK_PROCESS_CPUTIME_ID), wall_end = seconds(CLOCK_MONOTONIC);
    if (words == 3) {
      FILE *out = fopen(path, "wb");
      if (!out) return 1;
      for (int c = 0; c < chains; c++) write_weights(chain[c], out);
      fclose(out);
    }
    printf("%.9f %.9f\n", cpu_end - cpu, wall_end - wall);
    fflush(stdout);
  }
  return 0;
}
