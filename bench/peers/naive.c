/*
 * The loop of naive.js in C, without the array of features, so that the compiler can keep every loop in vectors.
 * Usage: naive TASK; TASK holds int32 d, samples, long samples; float64 lambda; int8 contexts [samples][2d]; uint8 long.
 * For each line on stdin it trains once and prints the CPU seconds; the line "weights" makes it print the weights too.
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

static int d, samples, long_count;
static double lambda;
static signed char *contexts;
static unsigned char *is_long;

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

static void train(predictor *p, REAL *u) {
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

int main(int argc, char **argv) {
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  int header[3];
  if (!file || fread(header, 4, 3, file) != 3 || fread(&lambda, 8, 1, file) != 1) return 1;
  d = header[0], samples = header[1], long_count = header[2];
  contexts = malloc((size_t)2 * d * samples);
  is_long = malloc(samples);
  if (fread(contexts, 2 * d, samples, file) != (size_t)samples || fread(is_long, 1, samples, file) != (size_t)samples) return 1;
  predictor *p = malloc((d + 1) * sizeof(predictor));
  p[0] = make(d, 0, samples);
  p[1] = make(d + 1, d + 1, samples);
  for (int l = 2; l <= d; l++) p[l] = make(d + l - 1, d + l - 2, long_count);
  REAL *u = malloc(2 * d * sizeof(REAL));
  char line[64];
  while (fgets(line, sizeof line, stdin)) {
    const clock_t start = clock();
    train(p, u);
    printf("%.9f", (double)(clock() - start) / CLOCKS_PER_SEC);
    if (!strncmp(line, "weights", 7)) {
      for (int l = 0; l <= d; l++) {
        const double count = lambda * (p[l].steps - p[l].steps / 2);
        for (int j = 0; j < p[l].plain + p[l].products; j++) printf(" %.9g", p[l].sum[j] / count);
      }
    }
    printf("\n");
    fflush(stdout);
  }
  return 0;
}
