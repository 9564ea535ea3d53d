/* wheel.c - a hierarchical timing wheel whose nodes are corrected lazily.
 *
 * See wheel.h for what it promises. Three things are odd about it. A slot does
 * not tell what is in it but what was once put there: each node is judged by
 * its own deadline when its slot is opened. And the slot of the present tick
 * is opened early and in part, because deadlines are exact and a tick is not.
 * And a slot is several chains, walked side by side: its nodes are anywhere in
 * memory, and a single chain tells where the next one is only when the one
 * before has come. */
#include "wheel.h"

#include <string.h>

enum {
  SLOT_BITS = 6,
  SLOT_MASK = GY_WHEEL_SLOTS - 1,
  /* So many nodes, as a power of 2, go to one chain before the next has its
   * turn. Filing touches the node at a chain's head, which is in the cache then
   * if it was filed not long ago. */
  CHAIN_SHIFT = 10,
  /* How many nodes gy_wheel_next() may look at: some cache lines. */
  LOOK_LIMIT = 32,
  /* Where the owner of a node keeps what is needed when it is due: so many
   * bytes before it. A hint; see uv_timer_t. */
  OWNER_BEFORE = 24,
  NODE_LAST = sizeof(gy_wheel_node_t) - 1 /* may be in another cache line */
};

static bool node_before(const gy_wheel_node_t* a, const gy_wheel_node_t* b) {
  return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static unsigned lowest_bit(uint64_t bits) {
  return (unsigned)__builtin_ctzll(bits);
}

/* The level on which |tick| is filed when the wheel stands at |base|. */
static unsigned level_of(uint64_t tick, uint64_t base) {
  /* n * 43 >> 8 is n / 6 for the numbers that bits have. */
  return (63u - (unsigned)__builtin_clzll((tick ^ base) | SLOT_MASK)) * 43 >> 8;
}

/* The first tick of slot |index| on |level|. */
static uint64_t slot_start(const gy_wheel_t* wheel, unsigned level,
                           unsigned index) {
  unsigned shift = level * SLOT_BITS;
  uint64_t above = wheel->tick >> shift >> SLOT_BITS << SLOT_BITS;

  return (above | index) << shift;
}

/* How many ticks a slot on |level| spans. */
static uint64_t slot_span(unsigned level) {
  return UINT64_C(1) << (level * SLOT_BITS);
}

/* The earliest slot that is not empty; false when all are. */
static bool first_slot(const gy_wheel_t* wheel, unsigned* level,
                       unsigned* index) {
  unsigned at;

  for (at = 0; at < GY_WHEEL_LEVELS; at++) {
    if (wheel->used[at] != 0) {
      *level = at;
      *index = lowest_bit(wheel->used[at]);
      return true;
    }
  }
  return false;
}

/* How many chains a slot on |level| has. */
static unsigned chain_count(unsigned level) {
  return level < GY_WHEEL_NEAR ? GY_WHEEL_CHAINS : 1;
}

/* The first of them; the others follow. */
static gy_wheel_node_t** slot_chains(gy_wheel_t* wheel, unsigned level,
                                     unsigned index) {
  return level < GY_WHEEL_NEAR ? wheel->fine[level][index]
                               : &wheel->coarse[level - GY_WHEEL_NEAR][index];
}

static inline void node_file(gy_wheel_t* wheel, gy_wheel_node_t* node) {
  uint64_t tick = node->due >> GY_WHEEL_TICK_SHIFT;
  gy_wheel_node_t** slot;
  unsigned level;
  unsigned index;

  if (tick < wheel->tick) {
    tick = wheel->tick; /* Overdue: the present slot is opened next. */
  }
  level = level_of(tick, wheel->tick);
  index = (unsigned)(tick >> (level * SLOT_BITS)) & SLOT_MASK;
  slot = slot_chains(wheel, level, index) +
         (node->order >> CHAIN_SHIFT) % chain_count(level);
  node->where = 1 + level * GY_WHEEL_SLOTS + index;
  node->link = slot;
  node->next = *slot;
  if (node->next != NULL) {
    node->next->link = &node->next;
  }
  *slot = node;
  wheel->used[level] |= UINT64_C(1) << index;
}

static bool slot_is_empty(gy_wheel_t* wheel, unsigned level, unsigned index) {
  gy_wheel_node_t** chains = slot_chains(wheel, level, index);
  unsigned chain;

  for (chain = 0; chain < chain_count(level); chain++) {
    if (chains[chain] != NULL) {
      return false;
    }
  }
  return true;
}

static void node_unlink(gy_wheel_t* wheel, gy_wheel_node_t* node) {
  unsigned number;

  *node->link = node->next;
  if (node->next != NULL) {
    node->next->link = node->link;
  } else if (node->where == GY_WHEEL_READY) {
    wheel->ready_end = node->link;
  } else {
    number = (node->where & ~(unsigned)GY_WHEEL_UNSET) - 1;
    if (slot_is_empty(wheel, number / GY_WHEEL_SLOTS,
                      number % GY_WHEEL_SLOTS)) {
      wheel->used[number / GY_WHEEL_SLOTS] &=
          ~(UINT64_C(1) << number % GY_WHEEL_SLOTS);
    }
  }
  node->where = GY_WHEEL_NOWHERE;
}

/* What a slot held: its chains, of which each is at some node. */
typedef struct {
  gy_wheel_node_t* at[GY_WHEEL_CHAINS];
  unsigned turn;
} walk_t;

/* Have |node|, which may be NULL, on its way here. */
static void node_prefetch(const gy_wheel_node_t* node) {
  if (node != NULL) {
    __builtin_prefetch(node);
    __builtin_prefetch((const char*)node + NODE_LAST);
  }
}

/* Empty a slot, and walk over what was in it. */
static walk_t slot_detach(gy_wheel_t* wheel, unsigned level, unsigned index) {
  gy_wheel_node_t** chains = slot_chains(wheel, level, index);
  walk_t walk = {{NULL}, 0};
  unsigned chain;

  for (chain = 0; chain < chain_count(level); chain++) {
    walk.at[chain] = chains[chain];
    chains[chain] = NULL;
    node_prefetch(walk.at[chain]);
  }
  wheel->used[level] &= ~(UINT64_C(1) << index);
  return walk;
}

/* The next node of |walk|, from each chain in turn; NULL at the end. */
static inline gy_wheel_node_t* walk_next(walk_t* walk) {
  unsigned tries;

  for (tries = 0; tries < GY_WHEEL_CHAINS; tries++) {
    gy_wheel_node_t** at = &walk->at[walk->turn++ % GY_WHEEL_CHAINS];
    gy_wheel_node_t* node = *at;
    if (node != NULL) {
      *at = node->next;
      node_prefetch(node->next);
      return node;
    }
  }
  return NULL;
}

static gy_wheel_node_t* list_merge(gy_wheel_node_t* a, gy_wheel_node_t* b) {
  gy_wheel_node_t* head = NULL;
  gy_wheel_node_t** end = &head;

  while (a != NULL && b != NULL) {
    gy_wheel_node_t** from = node_before(a, b) ? &a : &b;
    *end = *from;
    end = &(*from)->next;
    *from = *end;
  }
  *end = a != NULL ? a : b;
  return head;
}

/* Cut the run that |*list| begins with off it, in ascending order: a run that
 * descends, as nodes pushed on a slot in order do, is turned around. */
static gy_wheel_node_t* list_take_run(gy_wheel_node_t** list) {
  gy_wheel_node_t* head = *list;
  gy_wheel_node_t* last = head;
  gy_wheel_node_t* next = head->next;

  if (next == NULL || node_before(head, next)) {
    while (next != NULL && node_before(last, next)) {
      last = next;
      next = next->next;
    }
    last->next = NULL;
    *list = next;
    return head;
  }
  last->next = NULL;
  while (next != NULL && node_before(next, head)) {
    gy_wheel_node_t* rest = next->next;
    next->next = head;
    head = next;
    next = rest;
  }
  *list = next;
  return head;
}

/* Sort what is more than one run, by merging runs of about equal length. */
static gy_wheel_node_t* list_sort_runs(gy_wheel_node_t* run,
                                       gy_wheel_node_t* rest) {
  gy_wheel_node_t* bins[32] = {NULL};
  gy_wheel_node_t* sorted = NULL;
  size_t index;

  for (;;) {
    for (index = 0; index < 31 && bins[index] != NULL; index++) {
      run = list_merge(bins[index], run);
      bins[index] = NULL;
    }
    bins[index] = bins[index] == NULL ? run : list_merge(bins[index], run);
    if (rest == NULL) {
      break;
    }
    run = list_take_run(&rest);
  }
  for (index = 0; index < 32; index++) {
    sorted = list_merge(bins[index], sorted);
  }
  return sorted;
}

/* Sort |list|: one pass when it is sorted already, either way around. */
static gy_wheel_node_t* list_sort(gy_wheel_node_t* list) {
  gy_wheel_node_t* rest = list;
  gy_wheel_node_t* run;

  if (list == NULL || list->next == NULL) {
    return list;
  }
  run = list_take_run(&rest);
  return rest == NULL ? run : list_sort_runs(run, rest);
}

static void ready_append(gy_wheel_t* wheel, gy_wheel_node_t* sorted) {
  while (sorted != NULL) {
    sorted->where = GY_WHEEL_READY;
    sorted->link = wheel->ready_end;
    *wheel->ready_end = sorted;
    wheel->ready_end = &sorted->next;
    sorted = sorted->next;
  }
}

/* Open the slot of a level above 0: file its nodes where they belong by now. */
static void slot_spread(gy_wheel_t* wheel, walk_t walk) {
  gy_wheel_node_t* node;

  while ((node = walk_next(&walk)) != NULL) {
    if (node->where & GY_WHEEL_UNSET) {
      node->where = GY_WHEEL_NOWHERE;
    } else {
      node_file(wheel, node);
    }
  }
}

/* Open the slot of the wheel's tick, which is over when |over|: make ready what
 * is to be taken, and file what is not, which may have been moved to a later
 * slot, be due later in this tick, or be too new. */
static void slot_harvest(gy_wheel_t* wheel, walk_t walk, bool over) {
  gy_wheel_node_t* due = NULL;
  gy_wheel_node_t* node;

  while ((node = walk_next(&walk)) != NULL) {
    if (node->where & GY_WHEEL_UNSET) {
      node->where = GY_WHEEL_NOWHERE;
    } else if (node->due >> GY_WHEEL_TICK_SHIFT <= wheel->tick &&
               (over ||
                (node->due <= wheel->now && node->order <= wheel->newest))) {
      node->next = due;
      due = node;
      __builtin_prefetch((const char*)node - OWNER_BEFORE);
    } else {
      node_file(wheel, node);
    }
  }
  ready_append(wheel, list_sort(due));
}

/* Have what is opened next on its way here meanwhile. */
static void soon_prefetch(const gy_wheel_t* wheel) {
  gy_wheel_node_t* const* chains;
  unsigned chain;

  if (wheel->used[0] == 0) {
    return;
  }
  chains = wheel->fine[0][lowest_bit(wheel->used[0])];
  for (chain = 0; chain < GY_WHEEL_CHAINS; chain++) {
    node_prefetch(chains[chain]);
  }
}

/* Open slots until a node is ready, or all up to wheel->now have been. */
static void advance(gy_wheel_t* wheel) {
  uint64_t now_tick = wheel->now >> GY_WHEEL_TICK_SHIFT;
  walk_t walk;
  unsigned level;
  unsigned index;

  if (wheel->now < wheel->quiet) {
    return;
  }
  wheel->next_known = false;
  while (wheel->ready == NULL && first_slot(wheel, &level, &index)) {
    uint64_t start = slot_start(wheel, level, index);
    if (start > now_tick) {
      wheel->quiet = start << GY_WHEEL_TICK_SHIFT;
      break;
    }
    wheel->tick = start;
    if (level > 0) {
      slot_spread(wheel, slot_detach(wheel, level, index));
      continue;
    }
    walk = slot_detach(wheel, level, index);
    soon_prefetch(wheel);
    slot_harvest(wheel, walk, start < now_tick);
    if (start == now_tick) {
      return; /* What is left in it is for later. */
    }
  }
  if (wheel->ready == NULL && wheel->tick < now_tick) {
    wheel->tick = now_tick;
  }
}

void gy_wheel_init(gy_wheel_t* wheel, uint64_t now) {
  unsigned level;

  wheel->tick = now >> GY_WHEEL_TICK_SHIFT;
  wheel->order = 0;
  wheel->next = 0;
  wheel->quiet = 0;
  wheel->now = now;
  wheel->newest = 0;
  wheel->next_known = false;
  wheel->armed = 0;
  wheel->ready = NULL;
  wheel->ready_end = &wheel->ready;
  for (level = 0; level < GY_WHEEL_LEVELS; level++) {
    wheel->used[level] = 0;
  }
  memset(wheel->fine, 0, sizeof(wheel->fine));
  memset(wheel->coarse, 0, sizeof(wheel->coarse));
}

void gy_wheel_node_init(gy_wheel_node_t* node) {
  node->where = GY_WHEEL_NOWHERE;
  node->due = 0;
  node->order = 0;
}

void gy_wheel_file(gy_wheel_t* wheel, gy_wheel_node_t* node, uint64_t due) {
  unsigned where = node->where & ~(unsigned)GY_WHEEL_UNSET;

  wheel->armed += !gy_wheel_is_set(node);
  node->order = ++wheel->order;
  if (where - 1 < GY_WHEEL_IN_SLOT && due >= node->due) {
    /* It was unset, but stands in a slot that will do. */
    node->where = where;
    node->due = due;
  } else {
    if (where != GY_WHEEL_NOWHERE) {
      node_unlink(wheel, node);
    }
    node->due = due;
    node_file(wheel, node);
  }
  if (due < wheel->next) {
    wheel->next = due;
  }
  if (due < wheel->quiet) {
    wheel->quiet = due;
  }
}

void gy_wheel_unset(gy_wheel_t* wheel, gy_wheel_node_t* node) {
  if (!gy_wheel_is_set(node)) {
    return;
  }
  wheel->armed--;
  if (node->where == GY_WHEEL_READY) {
    node_unlink(wheel, node);
  } else {
    node->where |= GY_WHEEL_UNSET;
  }
}

void gy_wheel_remove(gy_wheel_t* wheel, gy_wheel_node_t* node) {
  gy_wheel_unset(wheel, node);
  if (node->where != GY_WHEEL_NOWHERE) {
    node_unlink(wheel, node);
  }
}

void gy_wheel_expire(gy_wheel_t* wheel, uint64_t now) {
  wheel->now = now;
  wheel->newest = wheel->order;
  advance(wheel);
}

gy_wheel_node_t* gy_wheel_take(gy_wheel_t* wheel) {
  gy_wheel_node_t* node;

  if (wheel->ready == NULL) {
    advance(wheel);
  }
  node = wheel->ready;
  if (node != NULL) {
    node_unlink(wheel, node);
    wheel->armed--;
  }
  return node;
}

/* The earliest deadline of those in |node|'s chain, in slot |start| on |level|,
 * that belong there, if it is before |found|; the others are dropped or filed
 * anew. With a slot that spans more than a tick it takes from |*limit| what it
 * looks at, and stops at 0. */
static uint64_t chain_earliest(gy_wheel_t* wheel, gy_wheel_node_t* node,
                               unsigned level, uint64_t start, uint64_t found,
                               size_t* limit) {
  uint64_t end = start + slot_span(level);

  while (node != NULL && *limit > 0) {
    gy_wheel_node_t* next = node->next;
    *limit -= level > 0;
    if (node->where & GY_WHEEL_UNSET) {
      node_unlink(wheel, node);
    } else if (node->due >> GY_WHEEL_TICK_SHIFT >= end) {
      node_unlink(wheel, node);
      node_file(wheel, node);
    } else if (node->due < found) {
      found = node->due;
    }
    node = next;
  }
  return found;
}

/* The earliest deadline in the first slot that holds a node which belongs
 * there. After |limit| nodes it settles for a bound. */
static uint64_t earliest(gy_wheel_t* wheel, size_t limit) {
  unsigned level;
  unsigned index;
  unsigned chain;

  while (first_slot(wheel, &level, &index)) {
    uint64_t start = slot_start(wheel, level, index);
    uint64_t found = GY_WHEEL_NEVER;
    gy_wheel_node_t** chains = slot_chains(wheel, level, index);
    for (chain = 0; chain < chain_count(level); chain++) {
      found = chain_earliest(wheel, chains[chain], level, start, found, &limit);
    }
    if (limit == 0) {
      return start << GY_WHEEL_TICK_SHIFT;
    }
    if (found != GY_WHEEL_NEVER) {
      return found;
    }
  }
  return GY_WHEEL_NEVER;
}

static void next_find(gy_wheel_t* wheel, size_t limit) {
  wheel->next = earliest(wheel, limit);
  wheel->next_known = true;
  wheel->quiet = wheel->next;
}

uint64_t gy_wheel_next(gy_wheel_t* wheel) {
  if (wheel->ready != NULL) {
    return 0;
  }
  if (wheel->armed == 0) {
    return GY_WHEEL_NEVER;
  }
  if (!wheel->next_known) {
    next_find(wheel, LOOK_LIMIT);
  }
  return wheel->next;
}

uint64_t gy_wheel_next_exact(gy_wheel_t* wheel) {
  if (wheel->ready != NULL) {
    return 0;
  }
  if (wheel->armed == 0) {
    return GY_WHEEL_NEVER;
  }
  next_find(wheel, SIZE_MAX);
  return wheel->next;
}

/* Every node of the chain at |link|, of slot |index| on |level|, is linked
 * well, says that it is there, and is not due before the slot opens. Adds the
 * armed ones to |*armed|. */
static bool chain_valid(const gy_wheel_t* wheel, gy_wheel_node_t* const* link,
                        unsigned level, unsigned index, size_t* armed) {
  uint64_t start = slot_start(wheel, level, index);
  const gy_wheel_node_t* node;

  for (node = *link; node != NULL; node = node->next) {
    if (node->link != link || (node->where & ~(unsigned)GY_WHEEL_UNSET) !=
                                  1 + level * GY_WHEEL_SLOTS + index) {
      return false;
    }
    if (start > wheel->tick && node->due >> GY_WHEEL_TICK_SHIFT < start) {
      return false;
    }
    *armed += gy_wheel_is_set(node);
    link = &node->next;
  }
  return true;
}

static bool slot_valid(const gy_wheel_t* wheel, unsigned level, unsigned index,
                       size_t* armed) {
  gy_wheel_node_t* const* chains =
      slot_chains((gy_wheel_t*)wheel, level, index); /* It is only read. */
  bool used = false;
  unsigned chain;

  for (chain = 0; chain < chain_count(level); chain++) {
    if (!chain_valid(wheel, &chains[chain], level, index, armed)) {
      return false;
    }
    used |= chains[chain] != NULL;
  }
  return used == ((wheel->used[level] >> index & 1) != 0);
}

bool gy_wheel_valid(const gy_wheel_t* wheel) {
  gy_wheel_node_t* const* link = &wheel->ready;
  const gy_wheel_node_t* node;
  const gy_wheel_node_t* last = NULL;
  size_t armed = 0;
  unsigned number;

  for (node = *link; node != NULL; node = node->next) {
    if (node->link != link || node->where != GY_WHEEL_READY ||
        (last != NULL && !node_before(last, node))) {
      return false;
    }
    armed++;
    last = node;
    link = &node->next;
  }
  if (wheel->ready_end != link) {
    return false;
  }
  for (number = 0; number < GY_WHEEL_LEVELS * GY_WHEEL_SLOTS; number++) {
    if (!slot_valid(wheel, number / GY_WHEEL_SLOTS, number % GY_WHEEL_SLOTS,
                    &armed)) {
      return false;
    }
  }
  return armed == wheel->armed;
}
