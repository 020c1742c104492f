/*
 * The algorithm of the wasm engine (docs/performance.md: four steps at a time, sixteen sign patterns) in C with AVX2, in
 * float32 throughout. Usage: tables packing|packed TASK, with the file and lines of naive.c.
 *
 * Found in memory when the time starts: the signs as words of 32 samples, bit 1 meaning -1; long samples have words of their
 * own. `packing` counts the packing of these into patterns and inner products, `packed` finds that done too.
 *
 * A vector holds the same weight of 8 consecutive predictors of a chain. Predictors 1 and stop have 3 halves, of which a
 * vector of 4 holds one weight each; their steps are taken for 4 chains in one vector, two of which alternate.
 */
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
  LANES = 8,
  BLOCK = 4,                  /* steps */
  PAIRS = 6,                  /* of the steps of a block */
  PATTERNS = 16,              /* of signs in a block */
  CHUNK = 32,                 /* steps in a word */
  SLICE = 256,                /* steps that all groups of a tile take before the next tile does */
  TILE = 4,                   /* groups whose steps alternate */
  TOGETHER = 8,               /* chains whose steps of predictors 1 and stop alternate */
  SET = 4,                    /* of them, in one vector */
  SLACK = 2 * LANES + 16,     /* positions that are read beyond the last */
  UNSUPPORTED = 3             /* exit status without AVX2; without a task it is 1 */
};

typedef __m256 vector;
typedef struct { vector plain, product; } weights;

/* The samples that some predictors of a chain see. `words` is [steps / 32][positions]. */
typedef struct {
  int steps, positions;
  uint32_t *words;
} samples_of;

/* What the steps of a slice need besides the words. */
typedef struct {
  uint16_t *offsets;          /* [blocks][positions]: of the pattern's entry in a table */
  int16_t *gram;              /* [blocks][pairs][positions - lead]: <phi_i, phi_k> of the predictor that ends at a position */
} packed_slice;

/* By which factors the steps of a slice enter logits and means, and which steps exist. */
typedef struct {
  float slope[SLICE];         /* log2(e) / (lambda (t - 1)) */
  float height[SLICE];        /* sum of 1 / s over the steps s >= t that enter the mean */
  uint32_t live[SLICE];       /* a mask */
  int mean;                   /* whether the mean has begun */
} schedule;

static int d, lead; /* no predictor that has a Gram number ends before position `lead` */
static double lambda;

/* ---- packing ---- */

/* The patterns of a block at all positions: bits 4 block to 4 block + 3 of each word. */
static void pack_patterns(const uint32_t *words, int positions, int block, int shift, uint8_t *patterns, uint16_t *offsets) {
  const __m128i count = _mm_cvtsi32_si128(BLOCK * block), up = _mm_cvtsi32_si128(shift);
  const __m256i nibble = _mm256_set1_epi32(PATTERNS - 1);
  for (int j = 0; j < positions; j += 16) {
    __m256i low = _mm256_loadu_si256((const __m256i *)(words + j)), high = _mm256_loadu_si256((const __m256i *)(words + j + 8));
    low = _mm256_and_si256(_mm256_srl_epi32(low, count), nibble);
    high = _mm256_and_si256(_mm256_srl_epi32(high, count), nibble);
    const __m256i both = _mm256_permute4x64_epi64(_mm256_packus_epi32(low, high), 0xd8);
    _mm256_storeu_si256((__m256i *)(offsets + j), _mm256_sll_epi16(both, up));
    const __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
    _mm_storeu_si128((__m128i *)(patterns + j), bytes);
  }
}

/* For each pattern, 1 if steps i and k differ in sign. */
static __m128i differences(int i, int k) {
  uint8_t table[PATTERNS];
  for (int p = 0; p < PATTERNS; p++) table[p] = ((p >> i) ^ (p >> k)) & 1;
  return _mm_loadu_si128((const __m128i *)table);
}

/* counts[j] = how many of positions 0..j differ in sign between two steps. */
static void count_differences(const uint8_t *patterns, int positions, __m128i table, int16_t *counts) {
  __m256i before = _mm256_setzero_si256();
  for (int j = 0; j < positions; j += 16) {
    __m128i sum = _mm_shuffle_epi8(table, _mm_loadu_si128((const __m128i *)(patterns + j)));
    sum = _mm_add_epi8(sum, _mm_slli_si128(sum, 1));
    sum = _mm_add_epi8(sum, _mm_slli_si128(sum, 2));
    sum = _mm_add_epi8(sum, _mm_slli_si128(sum, 4));
    sum = _mm_add_epi8(sum, _mm_slli_si128(sum, 8));
    _mm256_storeu_si256((__m256i *)(counts + j), _mm256_add_epi16(before, _mm256_cvtepi8_epi16(sum)));
    before = _mm256_set1_epi16(counts[j + 15]);
  }
}

/* <phi_i, phi_k> = (1 + c) U - 1, U being the inner product of n plain entries and c that of the last. */
static void pack_products(const uint8_t *patterns, const int16_t *counts, int positions, __m128i table, int16_t *gram) {
  const __m256i ramp = _mm256_setr_epi16(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
  for (int j = lead; j < positions; j += 16) {
    const __m128i differ = _mm_shuffle_epi8(table, _mm_loadu_si128((const __m128i *)(patterns + j)));
    const __m256i minus = _mm256_sub_epi16(_mm256_cvtepi8_epi16(differ), _mm256_set1_epi16(1)); /* -1 if c = 1 */
    const __m256i n = _mm256_add_epi16(_mm256_set1_epi16(j), ramp);
    const __m256i count = _mm256_loadu_si256((const __m256i *)(counts + j));
    const __m256i twice = _mm256_slli_epi16(_mm256_sub_epi16(n, _mm256_add_epi16(count, count)), 1);
    const __m256i product = _mm256_sub_epi16(_mm256_and_si256(twice, minus), _mm256_set1_epi16(1));
    _mm256_storeu_si256((__m256i *)(gram + j - lead), product);
  }
}

static __m128i pair_tables[PAIRS];

static void make_pair_tables(void) {
  for (int k = 1, pair = 0; k < BLOCK; k++) for (int i = 0; i < k; i++) pair_tables[pair++] = differences(i, k);
}

static void pack_long(const samples_of *samples, int first_step, int blocks, packed_slice *out) {
  const int positions = samples->positions;
  uint8_t patterns[positions];
  int16_t counts[positions];
  for (int b = 0; b < blocks; b++) {
    const uint32_t *words = samples->words + (size_t)(first_step / CHUNK + b / 8) * positions;
    pack_patterns(words, positions, b % 8, 6, patterns, out->offsets + (size_t)b * positions);
    for (int pair = 0; pair < PAIRS; pair++) {
      count_differences(patterns, positions, pair_tables[pair], counts);
      pack_products(patterns, counts, positions, pair_tables[pair], out->gram + (size_t)(b * PAIRS + pair) * (positions - lead));
    }
  }
}

/* ---- arithmetic of a step ---- */

/* 2^x, relative error 2e-7: a polynomial on [-1/2, 1/2], and an addition to the exponent. */
static inline vector exp2_of(vector x) {
  x = _mm256_max_ps(_mm256_set1_ps(-125), _mm256_min_ps(_mm256_set1_ps(125), x));
  const vector whole = _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC), f = x - whole;
  vector p = _mm256_set1_ps(1.5403530e-4f);
  p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(1.3333558e-3f));
  p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(9.6181291e-3f));
  p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(5.5504109e-2f));
  p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(2.4022651e-1f));
  p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(6.9314718e-1f));
  p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(1));
  return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(p), _mm256_slli_epi32(_mm256_cvtps_epi32(whole), 23)));
}

/* y / (1 + exp(y form / (lambda (t - 1)))), y given by its sign bit; 0 after the last step. */
static inline vector error_of(vector form, vector y, float slope, uint32_t live) {
  const vector grown = exp2_of(_mm256_xor_ps(form, y) * _mm256_set1_ps(slope));
  const vector e = _mm256_div_ps(_mm256_set1_ps(1), _mm256_set1_ps(1) + grown);
  return _mm256_and_ps(_mm256_xor_ps(e, y), _mm256_castsi256_ps(_mm256_set1_epi32((int)live)));
}

/* Bit `step` of 8 words as sign bits. */
static inline vector signs(__m256i words, int step) {
  const __m256i up = _mm256_sll_epi32(words, _mm_cvtsi32_si128(CHUNK - 1 - step));
  return _mm256_castsi256_ps(_mm256_and_si256(up, _mm256_set1_epi32((int)0x80000000)));
}

/* ---- predictors 2 to d ---- */

/* The block's <v, phi_k> of a group by halves, then its errors e_k and e_k times the last sign. */
typedef struct {
  vector plain[BLOCK], product[BLOCK];
  vector e[BLOCK], e_last[BLOCK], mean[BLOCK], mean_last[BLOCK];
} group_state;

static weights changes[PATTERNS], mean_changes[PATTERNS], buckets[PATTERNS];
static weights masks[LANES];  /* which lanes have a weight at the last positions of a group */

static inline weights *entry(weights *table, uint16_t offset) { return (weights *)((char *)table + offset); }

/* At one position: adds the changes of a block, and adds the weight to its bucket for the next block. */
static inline __attribute__((always_inline)) void visit(weights *v, weights *sum, const uint16_t *now, const uint16_t *next,
                                                        const weights *mask, int update, int mean, int collect) {
  vector plain = v->plain, product = v->product;
  if (update) {
    const weights *change = entry(changes, *now);
    plain += change->plain, product += change->product;
    if (mask) plain = _mm256_and_ps(plain, mask->plain), product = _mm256_and_ps(product, mask->product);
    v->plain = plain, v->product = product;
    if (mean) {
      const weights *more = entry(mean_changes, *now);
      sum->plain += more->plain, sum->product += more->product; /* masked when they are read */
    }
  }
  if (collect) {
    weights *bucket = entry(buckets, *next);
    bucket->plain += plain, bucket->product += product;
  }
}

static inline __attribute__((always_inline)) void pass(weights *v, weights *sum, const uint16_t *now, const uint16_t *next,
                                                       int uniform, int update, int mean, int collect) {
#pragma GCC unroll 4
  for (int j = 0; j < uniform; j++) visit(v + j, sum + j, now + j, next + j, NULL, update, mean, collect);
  v += uniform, sum += uniform, now += uniform, next += uniform;
  for (int j = 0; j < LANES; j++) visit(v + j, sum + j, now + j, next + j, masks + j, update, mean, collect);
}

/*
 * tabulate: the 16 sums +-e_0 +-e_1 +-e_2 +-e_3. reduce: the four signed sums over the buckets, which are emptied. A table
 * has an entry every `stride` vectors.
 */
#define TABLES(type, stride, tabulate, reduce)                                                       \
  static inline void tabulate(const type e[BLOCK], type *table) {                                    \
    const type low[4] = {e[0] + e[1], e[1] - e[0], e[0] - e[1], -e[0] - e[1]};                       \
    const type high[4] = {e[2] + e[3], e[3] - e[2], e[2] - e[3], -e[2] - e[3]};                      \
    for (int p = 0; p < PATTERNS; p++) table[stride * p] = low[p & 3] + high[p >> 2];                \
  }                                                                                                  \
  static inline void reduce(type *bucket, type form[BLOCK]) {                                        \
    type row[4], column[4] = {{0}};                                                                  \
    for (int i = 0; i < 4; i++) {                                                                    \
      type part[4];                                                                                  \
      for (int k = 0; k < 4; k++, bucket += stride) {                                                \
        part[k] = *bucket;                                                                           \
        *bucket = (type){0};                                                                         \
        column[k] += part[k];                                                                        \
      }                                                                                              \
      row[i] = (part[0] + part[1]) + (part[2] + part[3]);                                            \
    }                                                                                                \
    form[0] = (column[0] - column[1]) + (column[2] - column[3]);                                     \
    form[1] = (column[0] + column[1]) - (column[2] + column[3]);                                     \
    form[2] = (row[0] - row[1]) + (row[2] - row[3]);                                                 \
    form[3] = (row[0] + row[1]) - (row[2] + row[3]);                                                 \
  }
TABLES(vector, 2, tabulate, reduce)
TABLES(__m128, 1, tabulate_head, reduce_head)

static inline void reduce_group(group_state *state) {
  reduce(&buckets[0].plain, state->plain);
  reduce(&buckets[0].product, state->product);
}

static inline vector gram_of(const int16_t *row) {
  return _mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(_mm_loadu_si128((const __m128i *)row)));
}

/* Step k of a block for the group whose first predictor reads up to position `last`. */
static inline __attribute__((always_inline)) void step(group_state *state, int k, int at, const uint32_t *words, const int16_t *gram,
                                                       int stride, const schedule *plan) {
  const int bit = at % CHUNK;
  const vector last = signs(_mm256_loadu_si256((const __m256i *)words), bit);
  const vector y = signs(_mm256_loadu_si256((const __m256i *)(words + 1)), bit);
  vector form = state->plain[k] + _mm256_xor_ps(state->product[k], last);
  gram += k * (k - 1) / 2 * stride;
  for (int i = 0; i < k; i++) form = _mm256_fmadd_ps(state->e[i], gram_of(gram + i * stride), form);
  const vector e = error_of(form, y, plan->slope[at], plan->live[at]), e_last = _mm256_xor_ps(e, last);
  state->e[k] = e, state->e_last[k] = e_last;
  if (plan->mean) {
    const vector height = _mm256_set1_ps(plan->height[at]);
    state->mean[k] = e * height, state->mean_last[k] = e_last * height;
  }
}

static void step_all(group_state *states, int groups, int k, int block, int last, const samples_of *samples, int chunk,
                     const packed_slice *packed, const schedule *plan) {
  const int positions = samples->positions, stride = positions - lead, at = BLOCK * block + k;
  const uint32_t *words = samples->words + (size_t)(chunk + at / CHUNK) * positions + last;
  const int16_t *gram = packed->gram + (size_t)block * PAIRS * stride + last - lead;
  for (int g = 0; g < groups; g++, words += LANES, gram += LANES) {
    if (k == 0) step(states + g, 0, at, words, gram, stride, plan);
    else if (k == 1) step(states + g, 1, at, words, gram, stride, plan);
    else if (k == 2) step(states + g, 2, at, words, gram, stride, plan);
    else step(states + g, 3, at, words, gram, stride, plan);
  }
}

/* Positions of group g that all of its lanes read, the last of them by plain weights only. */
static int uniform_of(int g) { return d + LANES * g; }

static void train_tile(weights *v, weights *sum, int first, int groups, int blocks, const samples_of *samples, int chunk,
                       const packed_slice *packed, const schedule *plan) {
  group_state states[TILE];
  const int positions = samples->positions;
  weights *at = v;
  for (int g = 0; g < groups; g++) {
    const int uniform = uniform_of(first + g);
    pass(at, at, packed->offsets, packed->offsets, uniform, 0, 0, 1);
    reduce_group(states + g);
    at += uniform + LANES;
  }
  for (int b = 0; b < blocks; b++) {
    const uint16_t *now = packed->offsets + (size_t)b * positions, *next = now + positions;
    for (int k = 0; k < BLOCK; k++) step_all(states, groups, k, b, uniform_of(first), samples, chunk, packed, plan);
    weights *own = v, *own_sum = sum;
    for (int g = 0; g < groups; g++) {
      const int uniform = uniform_of(first + g), more = b + 1 < blocks;
      tabulate(states[g].e, &changes[0].plain);
      tabulate(states[g].e_last, &changes[0].product);
      if (plan->mean) {
        tabulate(states[g].mean, &mean_changes[0].plain);
        tabulate(states[g].mean_last, &mean_changes[0].product);
        if (more) pass(own, own_sum, now, next, uniform, 1, 1, 1);
        else pass(own, own_sum, now, now, uniform, 1, 1, 0);
      } else if (more) pass(own, own_sum, now, next, uniform, 1, 0, 1);
      else pass(own, own_sum, now, now, uniform, 1, 0, 0);
      if (more) reduce_group(states + g);
      own += uniform + LANES, own_sum += uniform + LANES;
    }
  }
}

/* ---- predictors 1 and stop ---- */

/* A vector holds the weight of predictor 1, the plain and the product weight of stop, and nothing. */
static __m128 head_changes[PATTERNS], head_mean_changes[PATTERNS], head_buckets[PATTERNS];

/* Four chains: lanes 2i and 2i + 1 of a vector belong to predictors 1 and stop of chain i. */
typedef struct {
  float form[BLOCK][LANES], e[BLOCK][LANES], mean[BLOCK][LANES];
} set_state;

static inline __m128 *head_entry(__m128 *table, uint16_t offset) { return (__m128 *)((char *)table + offset); }

static inline __attribute__((always_inline)) void visit_head(__m128 *v, __m128 *sum, uint16_t now, uint16_t next, int at_last, int update,
                                                             int mean, int collect) {
  __m128 weight = *v;
  if (update) {
    weight += *head_entry(head_changes, now);
    if (at_last) weight = _mm_insert_ps(weight, weight, 1); /* predictor 1 does not read the last position */
    *v = weight;
    if (mean) *sum += *head_entry(head_mean_changes, now);
  }
  if (collect) *head_entry(head_buckets, next) += weight;
}

static inline __attribute__((always_inline)) void pass_head(__m128 *v, __m128 *sum, const uint16_t *now, const uint16_t *next, int update,
                                                            int mean, int collect) {
#pragma GCC unroll 4
  for (int j = 0; j < d; j++) visit_head(v + j, sum + j, now[j], next[j], 0, update, mean, collect);
  visit_head(v + d, sum + d, now[d], next[d], 1, update, mean, collect);
}

/* Signs of the products of stop, for the steps of a block. */
static inline __m128i last_signs(const uint32_t *words, int bit) {
  return _mm_and_si128(_mm_set1_epi32((int)(words[d] << (CHUNK - 1 - bit))), _mm_set1_epi32((int)0x80000000));
}

static inline void reduce_chain(const uint32_t *words, int bit, float (*form)[LANES]) {
  __m128 sums[BLOCK];
  reduce_head(head_buckets, sums);
  for (int k = 0; k < BLOCK; k++) {
    const __m128 product = _mm_insert_ps(sums[k], sums[k], 2 << 6 | 1 << 4 | 0xd); /* of stop, brought to its lane */
    const __m128 form_k = sums[k] + _mm_xor_ps(product, _mm_and_ps(_mm_castsi128_ps(last_signs(words, bit + k)), _mm_castsi128_ps(_mm_setr_epi32(0, -1, 0, 0))));
    _mm_storel_pi((__m64 *)form[k], form_k);
  }
}

static inline void tabulate_chain(const float (*e)[LANES], const uint32_t *words, int bit, __m128 *table) {
  __m128 lanes[BLOCK];
  for (int k = 0; k < BLOCK; k++) {
    const __m128 both = _mm_castpd_ps(_mm_load_sd((const double *)e[k]));
    const __m128i last = _mm_slli_si128(last_signs(words, bit + k), 8);
    lanes[k] = _mm_xor_ps(_mm_shuffle_ps(both, both, _MM_SHUFFLE(1, 1, 1, 0)), _mm_castsi128_ps(last));
  }
  tabulate_head(lanes, table);
}

static void step_set(set_state *state, int k, int at, __m256i targets, const int16_t *gram, const schedule *plan) {
  vector form = _mm256_loadu_ps(state->form[k]);
  gram += k * (k - 1) / 2 * LANES;
  for (int i = 0; i < k; i++) form = _mm256_fmadd_ps(_mm256_loadu_ps(state->e[i]), gram_of(gram + i * LANES), form);
  const vector e = error_of(form, signs(targets, at % CHUNK), plan->slope[at], plan->live[at]);
  _mm256_storeu_ps(state->e[k], e);
  if (plan->mean) _mm256_storeu_ps(state->mean[k], e * _mm256_set1_ps(plan->height[at]));
}

/* What predictors 1 and stop of TOGETHER chains need. */
typedef struct {
  samples_of *samples;        /* [chains]; positions 0 to d, and the target of stop at d + 1 */
  __m128 *v, *sum;            /* [chains][d + 1] */
} heads;

typedef struct {
  uint16_t *offsets;          /* [chains][blocks][positions] */
  int16_t *gram;              /* [sets][blocks][pairs][lanes] */
} packed_heads;

static void pack_heads(const heads *all, int first_step, int blocks, packed_heads *out) {
  const int positions = all->samples->positions;
  uint8_t patterns[positions];
  int16_t counts[positions];
  for (int c = 0; c < TOGETHER; c++) {
    for (int b = 0; b < blocks; b++) {
      const uint32_t *words = all->samples[c].words + (size_t)(first_step / CHUNK + b / 8) * positions;
      pack_patterns(words, positions, b % 8, 4, patterns, out->offsets + (size_t)(c * SLICE / BLOCK + b) * positions);
      int16_t *gram = out->gram + ((size_t)(c / SET * SLICE / BLOCK + b) * PAIRS) * LANES + c % SET * 2;
      for (int pair = 0; pair < PAIRS; pair++, gram += LANES) {
        count_differences(patterns, d + 1, pair_tables[pair], counts);
        const int inner = d - 2 * counts[d - 1], last = 1 - 2 * (counts[d] - counts[d - 1]);
        gram[0] = inner;
        gram[1] = (1 + last) * (inner + last);
      }
    }
  }
}

/* Targets of the predictors of a set, in the lanes of its vector. */
static __m256i targets_of(const samples_of *samples, int chunk) {
  uint32_t targets[LANES];
  for (int i = 0; i < SET; i++) memcpy(targets + 2 * i, samples[i].words + (size_t)chunk * samples[i].positions + d, 8);
  return _mm256_loadu_si256((const __m256i *)targets);
}

static void train_heads(const heads *all, int chunk, int blocks, const packed_heads *packed, const schedule *plan) {
  set_state states[TOGETHER / SET];
  const int positions = all->samples->positions;
  for (int c = 0; c < TOGETHER; c++) {
    const uint16_t *offsets = packed->offsets + (size_t)c * SLICE / BLOCK * positions;
    __m128 *v = all->v + (size_t)c * (d + 1);
    pass_head(v, v, offsets, offsets, 0, 0, 1);
    reduce_chain(all->samples[c].words + (size_t)chunk * positions, 0, (float (*)[LANES])&states[c / SET].form[0][c % SET * 2]);
  }
  for (int b = 0; b < blocks; b++) {
    const int now_chunk = chunk + b / 8, next_chunk = chunk + (b + 1) / 8, bit = BLOCK * (b % 8), next_bit = BLOCK * ((b + 1) % 8);
    __m256i targets[TOGETHER / SET];
    for (int s = 0; s < TOGETHER / SET; s++) targets[s] = targets_of(all->samples + s * SET, now_chunk);
    for (int k = 0; k < BLOCK; k++) {
      for (int s = 0; s < TOGETHER / SET; s++) {
        const int16_t *gram = packed->gram + (size_t)(s * SLICE / BLOCK + b) * PAIRS * LANES;
        step_set(states + s, k, BLOCK * b + k, targets[s], gram, plan);
      }
    }
    for (int c = 0; c < TOGETHER; c++) {
      const uint32_t *words = all->samples[c].words + (size_t)now_chunk * positions;
      const uint16_t *now = packed->offsets + (size_t)(c * SLICE / BLOCK + b) * positions, *next = now + positions;
      set_state *state = states + c / SET;
      const int lane = c % SET * 2, more = b + 1 < blocks;
      __m128 *v = all->v + (size_t)c * (d + 1), *sum = all->sum + (size_t)c * (d + 1);
      tabulate_chain((const float (*)[LANES])&state->e[0][lane], words, bit, head_changes);
      if (plan->mean) {
        tabulate_chain((const float (*)[LANES])&state->mean[0][lane], words, bit, head_mean_changes);
        if (more) pass_head(v, sum, now, next, 1, 1, 1);
        else pass_head(v, sum, now, now, 1, 1, 0);
      } else if (more) pass_head(v, sum, now, next, 1, 0, 1);
      else pass_head(v, sum, now, now, 1, 0, 0);
      if (more) {
        reduce_chain(all->samples[c].words + (size_t)next_chunk * positions, next_bit, (float (*)[LANES])&state->form[0][lane]);
      }
    }
  }
}

/* ---- whole chains ---- */

static double *harmonic; /* sums of 1 / s up to t */

static schedule plan_slice(int first_step, int steps) {
  schedule plan;
  const int from = steps / 2;
  plan.mean = first_step + SLICE > from;
  for (int i = 0; i < SLICE; i++) {
    const int before = first_step + i;
    plan.slope[i] = before == 0 ? 0 : M_LOG2E / (lambda * before);
    plan.live[i] = before < steps ? 0xffffffff : 0;
    plan.height[i] = before < steps ? harmonic[steps] - harmonic[before > from ? before : from] : 0;
  }
  return plan;
}

static int blocks_from(int first_step, int steps) {
  const int left = steps - first_step;
  return left >= SLICE ? SLICE / BLOCK : (left + BLOCK - 1) / BLOCK;
}

static int slices_of(int steps) { return (steps + SLICE - 1) / SLICE; }

/* Whether the mean begins with this slice: until then it was a multiple of the weights. */
static int begins(const schedule *plan, int first_step, int steps) {
  return plan->mean && (first_step == 0 || first_step <= steps / 2);
}

typedef struct {
  samples_of samples;
  packed_slice *packed;       /* a slice each, or one for all of them */
  weights *v, *sum;
} chain;

static int groups_of(void) { return (d - 1 + LANES - 1) / LANES; }

static size_t size_of_groups(int groups) {
  size_t size = 0;
  for (int g = 0; g < groups; g++) size += uniform_of(g) + LANES;
  return size;
}

static void train_chain(chain *c, int packing) {
  const size_t size = size_of_groups(groups_of());
  const int groups = groups_of(), tiles = (groups + TILE - 1) / TILE;
  memset(c->v, 0, size * sizeof(weights));
  memset(c->sum, 0, size * sizeof(weights));
  for (int first = 0; first < c->samples.steps; first += SLICE) {
    const int blocks = blocks_from(first, c->samples.steps);
    packed_slice *packed = c->packed + (packing ? 0 : first / SLICE);
    if (packing) pack_long(&c->samples, first, blocks, packed);
    const schedule plan = plan_slice(first, c->samples.steps);
    if (begins(&plan, first, c->samples.steps)) {
      const vector height = _mm256_set1_ps(plan.height[0]);
      for (size_t i = 0; i < size; i++) c->sum[i].plain = c->v[i].plain * height, c->sum[i].product = c->v[i].product * height;
    }
    for (int tile = 0, g = 0; tile < tiles; tile++) {
      const int count = (groups - g + tiles - tile - 1) / (tiles - tile);
      const size_t at = size_of_groups(g);
      train_tile(c->v + at, c->sum + at, g, count, blocks, &c->samples, first / CHUNK, packed, &plan);
      g += count;
    }
  }
}

static void train_head_chains(heads *all, packed_heads *packed, int packing) {
  const int steps = all->samples->steps, size = TOGETHER * (d + 1);
  memset(all->v, 0, size * sizeof(__m128));
  memset(all->sum, 0, size * sizeof(__m128));
  for (int first = 0; first < steps; first += SLICE) {
    const int blocks = blocks_from(first, steps);
    packed_heads *slot = packed + (packing ? 0 : first / SLICE);
    if (packing) pack_heads(all, first, blocks, slot);
    const schedule plan = plan_slice(first, steps);
    if (begins(&plan, first, steps)) for (int i = 0; i < size; i++) all->sum[i] = all->v[i] * _mm_set1_ps(plan.height[0]);
    train_heads(all, first / CHUNK, blocks, slot, &plan);
  }
}

/* ---- data and lines ---- */

static void *allocate(size_t bytes) {
  void *memory = aligned_alloc(64, (bytes + 4095) & ~(size_t)4095);
  if (!memory) exit(1);
  memset(memory, 0, (bytes + 4095) & ~(size_t)4095);
  return memory;
}

static samples_of make_samples(int steps, int positions) {
  samples_of made = {steps, (positions + SLACK + 15) & ~15, NULL};
  made.words = allocate((size_t)slices_of(steps) * (SLICE / CHUNK) * made.positions * sizeof(uint32_t));
  return made;
}

static void put(samples_of *samples, int step, int position, int sign) {
  samples->words[(size_t)(step / CHUNK) * samples->positions + position] |= (uint32_t)(sign < 0) << (step % CHUNK);
}

static void fill(samples_of *head, samples_of *later, int samples, const signed char *contexts, const unsigned char *is_long) {
  int count = 0;
  for (int i = 0; i < samples; i++) count += is_long[i];
  *head = make_samples(samples, d + 2);
  *later = make_samples(count, 2 * d);
  for (int i = 0, t = 0; i < samples; i++, contexts += 2 * d) {
    for (int j = 0; j <= d; j++) put(head, i, j, contexts[j]);
    put(head, i, d + 1, is_long[i] ? 1 : -1);
    if (!is_long[i]) continue;
    for (int j = 0; j < 2 * d; j++) put(later, t, j, contexts[j]);
    t++;
  }
}

static packed_slice *make_packed(const samples_of *samples, int packing) {
  const int count = packing ? 1 : slices_of(samples->steps);
  packed_slice *made = malloc(count * sizeof *made);
  for (int i = 0; i < count; i++) {
    made[i].offsets = allocate((size_t)(SLICE / BLOCK + 1) * samples->positions * sizeof(uint16_t));
    made[i].gram = allocate((size_t)SLICE / BLOCK * PAIRS * (samples->positions - lead) * sizeof(int16_t));
    if (!packing) pack_long(samples, i * SLICE, blocks_from(i * SLICE, samples->steps), made + i);
  }
  return made;
}

static packed_heads *make_packed_heads(const heads *all, int packing) {
  const int count = packing ? 1 : slices_of(all->samples->steps);
  packed_heads *made = malloc(count * sizeof *made);
  for (int i = 0; i < count; i++) {
    made[i].offsets = allocate((size_t)TOGETHER * (SLICE / BLOCK + 1) * all->samples->positions * sizeof(uint16_t));
    made[i].gram = allocate((size_t)TOGETHER / SET * SLICE / BLOCK * PAIRS * LANES * sizeof(int16_t));
    if (!packing) pack_heads(all, i * SLICE, blocks_from(i * SLICE, all->samples->steps), made + i);
  }
  return made;
}

/* `sum` holds a weight every `stride` floats. */
static void write_sums(const float *sum, int stride, int count, int steps, FILE *file) {
  for (int j = 0; j < count; j++) {
    const double weight = sum[(size_t)j * stride] / (lambda * (steps - steps / 2));
    fwrite(&weight, sizeof weight, 1, file);
  }
}

static void write_chain(const heads *all, int index, const chain *c, FILE *file) {
  const float *head = (const float *)(all->sum + (size_t)index * (d + 1));
  const int steps = all->samples->steps, stride = sizeof(weights) / sizeof(float);
  write_sums(head, 4, d, steps, file);
  write_sums(head + 1, 4, d + 1, steps, file);
  write_sums(head + 2, 4, d + 1, steps, file);
  for (int i = 0; i < d - 1; i++) {
    const float *sum = (const float *)(c->sum + size_of_groups(i / LANES)) + i % LANES;
    write_sums(sum, stride, d + i + 1, c->samples.steps, file);
    write_sums(sum + LANES, stride, d + i, c->samples.steps, file);
  }
}

static double seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec + 1e-9 * now.tv_nsec;
}

int main(int argc, char **argv) {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return UNSUPPORTED;
  FILE *file = argc == 3 ? fopen(argv[2], "rb") : NULL;
  int header[3];
  if (!file || fread(header, 4, 3, file) != 3 || header[2] != TOGETHER) return 1;
  const int packing = !strcmp(argv[1], "packing"), samples = header[1];
  d = header[0], lead = d & ~15;
  const size_t steps = (size_t)TOGETHER * samples;
  signed char *contexts = malloc(2 * d * steps);
  unsigned char *is_long = malloc(steps);
  if (fread(contexts, 2 * d, steps, file) != steps || fread(is_long, 1, steps, file) != steps) return 1;
  make_pair_tables();
  for (int i = 0; i < LANES; i++) {
    for (int lane = 0; lane < LANES; lane++) {
      ((int32_t *)&masks[i].plain)[lane] = lane >= i ? -1 : 0;
      ((int32_t *)&masks[i].product)[lane] = lane > i ? -1 : 0;
    }
  }
  harmonic = malloc((samples + 1) * sizeof(double));
  harmonic[0] = 0;
  for (int t = 1; t <= samples; t++) harmonic[t] = harmonic[t - 1] + 1.0 / t;
  const size_t size = size_of_groups(groups_of()) * sizeof(weights);
  samples_of head_samples[TOGETHER];
  chain chains[TOGETHER];
  for (int c = 0; c < TOGETHER; c++) {
    fill(head_samples + c, &chains[c].samples, samples, contexts + (size_t)2 * d * samples * c, is_long + (size_t)samples * c);
    chains[c].packed = make_packed(&chains[c].samples, packing);
    chains[c].v = allocate(size);
    chains[c].sum = allocate(size);
  }
  const size_t head_size = TOGETHER * (d + 1) * sizeof(__m128);
  heads all = {head_samples, allocate(head_size), allocate(head_size)};
  packed_heads *packed = make_packed_heads(&all, packing);
  free(contexts), free(is_long);

  char line[512], command[16], path[480];
  while (fgets(line, sizeof line, stdin)) {
    const int words = sscanf(line, "%15s %lf %479s", command, &lambda, path);
    const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC);
    train_head_chains(&all, packed, packing);
    for (int c = 0; c < TOGETHER; c++) train_chain(chains + c, packing);
    const double cpu_end = seconds(CLOCK_PROCESS_CPUTIME_ID), wall_end = seconds(CLOCK_MONOTONIC);
    if (words == 3) {
      FILE *out = fopen(path, "wb");
      if (!out) return 1;
      for (int c = 0; c < TOGETHER; c++) write_chain(&all, c, chains + c, out);
      fclose(out);
    }
    printf("%.9f %.9f\n", cpu_end - cpu, wall_end - wall);
    fflush(stdout);
  }
  return 0;
}
