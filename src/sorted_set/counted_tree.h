// A persistent counted B+-tree: ordered entries, found by rank or by comparison.
//
// Copies share all nodes: a copy costs one atomic addition, and a change copies the shared nodes on
// its path. Nodes of only one tree are changed in place. So a reader keeps a copy and needs no
// lock, and a writer without readers has no extra cost.
//
//   leaf    entries                                       up to 64
//   inner   {first entry, child, number of entries}       up to 64
//
// A branch repeats the first entry below it: the way down compares with these only. Nodes are
// allocated for their present size, in steps of eight, because most of a large set's memory is in
// leaves. Small adjacent nodes are merged if they fit in one.
//
// Traits has Entry, a trivially copyable type, and share(entry) and release(entry) for each leaf
// that begins or ceases to hold an entry. The order is defined by the predicates of the calls:
// "this entry is before the place" must be true up to some entry and false from there on.
//
// If std::bad_alloc is thrown nothing has changed. After own_path() the next replace() or erase()
// of that entry does not throw. These three, and find(), use no ranks, so they do no counting.
//
// Thread rule: copies may belong to different threads, like other values; one copy may be used by
// one thread at a time, or be read only.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "src/base/check.h"
#include "src/base/prefetch.h"

namespace kvstore::sorted_set {

// A predicate that estimates by guess(first, last, count) how many of `count` entries, from the
// first to the last, are before the place: at most `count`.
template <class IsBefore>
concept Guesses = requires {
  requires IsBefore::kGuesses;
};

template <class Traits>
class CountedTree {
 public:
  using Entry = typename Traits::Entry;
  static_assert(std::is_trivially_copyable_v<Entry>);

  CountedTree() = default;
  CountedTree(const CountedTree& other) noexcept
      : root_(share(other.root_)), bytes_(other.bytes_) {}
  CountedTree(CountedTree&& other) noexcept
      : root_(std::exchange(other.root_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  CountedTree& operator=(CountedTree other) noexcept {
    std::swap(root_, other.root_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~CountedTree() { drop(root_); }
  // Builds it from entries in order. Takes over a reference of each, even if it throws.
  static CountedTree build(std::span<const Entry> entries);

  std::uint64_t size() const { return count(root_); }
  // Bytes of all its nodes, including shared ones.
  std::size_t bytes() const { return bytes_; }

  // The last entry before a place, and its rank.
  struct Last {
    const Entry* entry = nullptr;  // null: none is before
    std::uint64_t rank = 0;
    std::uint64_t count() const { return entry ? rank + 1 : 0; }
  };
  template <class IsBefore>
  Last last(IsBefore is_before) const;
  // The same entry without its rank; null: there is none before.
  template <class IsBefore>
  const Entry* find(IsBefore is_before) const;
  const Entry& at(std::uint64_t rank) const;

  // Takes over a reference of the entry, unless it throws. There must be no equal entry.
  template <class IsBefore>
  void insert(const Entry& entry, IsBefore is_before);
  // Makes the nodes on the path to the last entry before the place exclusive to this tree; there
  // must be such an entry.
  template <class IsBefore>
  void own_path(IsBefore is_before);
  // Replaces it by an entry with the same place in the order.
  template <class IsBefore>
  void replace(const Entry& entry, IsBefore is_before);
  template <class IsBefore>
  void erase(IsBefore is_before);

 private:
  struct Node {
    std::atomic<std::uint32_t> references{1};
    std::uint16_t size = 0;
    std::uint16_t capacity = 0;
    std::uint16_t height = 0;  // 0: a leaf
  };
  struct Branch {
    Entry first;
    Node* child;
    std::uint64_t count;
  };
  static constexpr std::size_t kHeader = 16;  // of a node, before its items
  static_assert(sizeof(Node) <= kHeader && alignof(Entry) <= kHeader && alignof(Branch) <= kHeader);
  static constexpr unsigned kMost = 64;
  static constexpr unsigned kStep = 8;
  static constexpr unsigned kSmall = kMost / 4;       // below this a merge is tried
  static constexpr unsigned kMerged = kMost / 4 * 3;  // maximum size of a merged node
  static constexpr unsigned kBuilt = kMost / 8 * 7;   // size of nodes in a bulk build
  // Of two adjacent nodes one is more than a third full, so 64^5 and more entries fit.
  static constexpr unsigned kMaxHeight = 16;

 public:
  // A position in a tree that does not change meanwhile.
  class Cursor {
   public:
    bool valid() const { return valid_; }
    const Entry& entry() const { return entries(path_[0].node)[path_[0].index]; }
    void next() { step(1); }
    void prev() { step(-1); }

   private:
    friend class CountedTree;
    struct Stop {
      const Node* node = nullptr;
      int index = 0;
    };
    void step(int by);
    void descend(unsigned height, bool to_end);
    std::array<Stop, kMaxHeight> path_;  // by height
    unsigned height_ = 0;
    bool valid_ = false;
  };
  Cursor cursor(std::uint64_t rank) const;

 private:
  // Frees a node, unless it is taken over.
  struct Drop {
    void operator()(Node* node) const { drop(node); }
  };
  using Owned = std::unique_ptr<Node, Drop>;

  static Entry* entries(const Node* node) {
    return reinterpret_cast<Entry*>(const_cast<char*>(reinterpret_cast<const char*>(node)) +
                                    kHeader);
  }
  static Branch* branches(const Node* node) {
    return reinterpret_cast<Branch*>(const_cast<char*>(reinterpret_cast<const char*>(node)) +
                                     kHeader);
  }
  static std::size_t unit(const Node* node) {
    return node->height == 0 ? sizeof(Entry) : sizeof(Branch);
  }
  static char* slot(const Node* node, unsigned index) {
    return reinterpret_cast<char*>(entries(node)) + index * unit(node);
  }
  // Includes the allocator's overhead.
  static std::size_t bytes_of(const Node* node) {
    return kHeader + node->capacity * unit(node) + sizeof(std::size_t);
  }
  static const Entry& first(const Node* node) {
    return node->height == 0 ? entries(node)[0] : branches(node)[0].first;
  }
  static std::uint64_t count(const Node* node);
  static Branch branch_to(Node* node) { return {first(node), node, count(node)}; }

  static Node* allocate(unsigned height, unsigned capacity);
  static void free_memory(Node* node) noexcept {
    node->~Node();
    ::operator delete(node);
  }
  static Node* share(Node* node) noexcept {
    if (node) node->references.fetch_add(1, std::memory_order_relaxed);
    return node;
  }
  static void drop(Node* node) noexcept;
  static Node* copy(const Node* node);
  static void own(Node*& node);
  template <class IsBefore>
  static void expect_child(const Node* node, unsigned at, IsBefore is_before);
  static const Entry& entry_of(const Entry& entry) { return entry; }
  static const Entry& entry_of(const Branch& branch) { return branch.first; }
  template <class Item, class IsBefore>
  static unsigned count_before(const Item* all, unsigned count, IsBefore is_before);
  template <class IsBefore>
  static unsigned child_before(const Node* node, IsBefore is_before);
  template <class IsBefore>
  static unsigned last_in_leaf(const Node* node, IsBefore is_before);

  void resize(Node*& node, unsigned capacity);
  Node* reserve_one(Node*& node);
  static void move_between(Node* from, unsigned begin, unsigned end, Node* to,
                           unsigned at) noexcept;
  template <class Item>
  static void put(Node* node, unsigned at, const Item& item) noexcept;
  template <class Item>
  static Node* put_or_split(Node* node, Node* spare, unsigned at, const Item& item) noexcept;
  template <class IsBefore>
  Node* insert_into(Node*& node, const Entry& entry, IsBefore is_before);
  template <class IsBefore>
  static void replace_in(Node* node, const Entry& entry, IsBefore is_before) noexcept;
  static void cut(Node* node, unsigned at) noexcept;
  static unsigned child_at(const Node* node, std::uint64_t* rank) noexcept;
  template <class IsBefore>
  void erase_from(Node* node, IsBefore is_before);
  void tidy_child(Node* node, unsigned at) noexcept;
  bool merge(Node* node, unsigned left) noexcept;
  static void build_leaves(std::span<const Entry> entries, Owned* made, std::size_t* taken);
  static std::vector<Owned> build_above(std::vector<Owned> below);
  static std::size_t bytes_of_all(const std::vector<Owned>& nodes);

  Node* root_ = nullptr;
  std::size_t bytes_ = 0;
};

// --- Nodes

template <class Traits>
std::uint64_t CountedTree<Traits>::count(const Node* node) {
  if (!node) return 0;
  if (node->height == 0) return node->size;
  std::uint64_t all = 0;
  for (unsigned i = 0; i < node->size; ++i) all += branches(node)[i].count;
  return all;
}

template <class Traits>
auto CountedTree<Traits>::allocate(unsigned height, unsigned capacity) -> Node* {
  KV_CHECK(height < kMaxHeight && capacity <= kMost);
  const std::size_t unit = height == 0 ? sizeof(Entry) : sizeof(Branch);
  Node* const node = new (::operator new(kHeader + capacity * unit)) Node;
  node->height = static_cast<std::uint16_t>(height);
  node->capacity = static_cast<std::uint16_t>(capacity);
  return node;
}

template <class Traits>
void CountedTree<Traits>::drop(Node* node) noexcept {
  if (!node || node->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  for (unsigned i = 0; i < node->size; ++i) {
    node->height == 0 ? Traits::release(entries(node)[i]) : drop(branches(node)[i].child);
  }
  free_memory(node);
}

template <class Traits>
auto CountedTree<Traits>::copy(const Node* node) -> Node* {
  Node* const made = allocate(node->height, node->capacity);
  made->size = node->size;
  std::memcpy(slot(made, 0), slot(node, 0), node->size * unit(node));
  for (unsigned i = 0; i < node->size; ++i) {
    node->height == 0 ? Traits::share(entries(node)[i])
                      : static_cast<void>(share(branches(node)[i].child));
  }
  return made;
}

// A node with one reference, from a parent that belongs to this tree only, is exclusive.
template <class Traits>
void CountedTree<Traits>::own(Node*& node) {
  if (node->references.load(std::memory_order_acquire) == 1) return;
  Node* const made = copy(node);
  drop(std::exchange(node, made));
}

// The child with the entry of this rank; *rank becomes the rank within it.
template <class Traits>
unsigned CountedTree<Traits>::child_at(const Node* node, std::uint64_t* rank) noexcept {
  const Branch* const all = branches(node);
  unsigned at = 0;
  for (; *rank >= all[at].count; ++at) *rank -= all[at].count;
  return at;
}

// Prefetches all parts of a leaf that a guess will search. Inner nodes are few, and usually cached.
template <class Traits>
template <class IsBefore>
void CountedTree<Traits>::expect_child(const Node* node, unsigned at, IsBefore is_before) {
  if constexpr (Guesses<IsBefore>) {
    if (node->height != 1) return;
    const Branch& branch = branches(node)[at];
    const Entry* const leaf = entries(branch.child);
    prefetch(branch.child);
    prefetch(leaf + branch.count - 1);
    if (at + 1u == node->size) return;
    prefetch(leaf + is_before.guess(branch.first, branches(node)[at + 1].first, branch.count));
  }
}

// Number of items before the place, among ordered ones.
template <class Traits>
template <class Item, class IsBefore>
unsigned CountedTree<Traits>::count_before(const Item* all, unsigned count, IsBefore is_before) {
  if (count == 0) return 0;
  if constexpr (Guesses<IsBefore>) {
    unsigned before = is_before.guess(entry_of(all[0]), entry_of(all[count - 1]), count);
    while (before < count && is_before(entry_of(all[before]))) ++before;
    while (before > 0 && !is_before(entry_of(all[before - 1]))) --before;
    return before;
  }
  const Item* const past = std::partition_point(
      all, all + count, [&](const Item& item) { return is_before(entry_of(item)); });
  return static_cast<unsigned>(past - all);
}

// The child with the last entry before the place; the first one if there is none.
template <class Traits>
template <class IsBefore>
unsigned CountedTree<Traits>::child_before(const Node* node, IsBefore is_before) {
  return count_before(branches(node) + 1, node->size - 1u, is_before);
}

// The same in a leaf: the first entry if there is none before.
template <class Traits>
template <class IsBefore>
unsigned CountedTree<Traits>::last_in_leaf(const Node* node, IsBefore is_before) {
  return count_before(entries(node) + 1, node->size - 1u, is_before);
}

template <class Traits>
template <class IsBefore>
void CountedTree<Traits>::own_path(IsBefore is_before) {
  KV_CHECK(root_ != nullptr);
  Node** node = &root_;
  for (own(*node); (*node)->height > 0; own(*node)) {
    const unsigned at = child_before(*node, is_before);
    expect_child(*node, at, is_before);
    node = &branches(*node)[at].child;
  }
}

// --- Search

template <class Traits>
template <class IsBefore>
auto CountedTree<Traits>::last(IsBefore is_before) const -> Last {
  const Node* node = root_;
  if (!node || !is_before(first(node))) return {};
  std::uint64_t rank = 0;
  while (node->height > 0) {
    const unsigned at = child_before(node, is_before);
    expect_child(node, at, is_before);
    for (unsigned i = 0; i < at; ++i) rank += branches(node)[i].count;
    node = branches(node)[at].child;
  }
  const unsigned at = last_in_leaf(node, is_before);
  return {entries(node) + at, rank + at};
}

template <class Traits>
template <class IsBefore>
auto CountedTree<Traits>::find(IsBefore is_before) const -> const Entry* {
  const Node* node = root_;
  if (!node) return nullptr;
  while (node->height > 0) {
    const unsigned at = child_before(node, is_before);
    expect_child(node, at, is_before);
    node = branches(node)[at].child;
  }
  const Entry* const found = entries(node) + last_in_leaf(node, is_before);
  return is_before(*found) ? found : nullptr;
}

template <class Traits>
auto CountedTree<Traits>::at(std::uint64_t rank) const -> const Entry& {
  KV_CHECK(rank < size());
  const Node* node = root_;
  while (node->height > 0) node = branches(node)[child_at(node, &rank)].child;
  return entries(node)[rank];
}

template <class Traits>
auto CountedTree<Traits>::cursor(std::uint64_t rank) const -> Cursor {
  Cursor made;
  if (rank >= size()) return made;
  made.valid_ = true;
  made.height_ = root_->height;
  for (const Node* node = root_;;) {
    const unsigned at = node->height == 0 ? static_cast<unsigned>(rank) : child_at(node, &rank);
    made.path_[node->height] = {node, static_cast<int>(at)};
    if (node->height == 0) return made;
    node = branches(node)[at].child;
  }
}

// From the child chosen above `height` down to its first or last entry.
template <class Traits>
void CountedTree<Traits>::Cursor::descend(unsigned height, bool to_end) {
  while (height-- > 0) {
    const Stop& above = path_[height + 1];
    const Node* const node = branches(above.node)[above.index].child;
    path_[height] = {node, to_end ? node->size - 1 : 0};
  }
}

template <class Traits>
void CountedTree<Traits>::Cursor::step(int by) {
  for (unsigned height = 0; height <= height_; ++height) {
    Stop& stop = path_[height];
    stop.index += by;
    if (stop.index >= 0 && stop.index < stop.node->size) return descend(height, by < 0);
  }
  valid_ = false;
}

// --- Insertion

template <class Traits>
void CountedTree<Traits>::resize(Node*& node, unsigned capacity) {
  Node* const made = allocate(node->height, capacity);
  made->size = node->size;
  std::memcpy(slot(made, 0), slot(node, 0), node->size * unit(node));
  bytes_ += bytes_of(made);
  bytes_ -= bytes_of(node);
  free_memory(std::exchange(node, made));  // its items are in the new node now
}

// Makes space for one more item: the node grows, or a spare node for half of it is returned.
template <class Traits>
auto CountedTree<Traits>::reserve_one(Node*& node) -> Node* {
  if (node->size < node->capacity) return nullptr;
  if (node->capacity == kMost) return allocate(node->height, kMost);
  resize(node, std::min(kMost, node->capacity + (node->capacity < kStep ? kStep / 2 : kStep)));
  return nullptr;
}

template <class Traits>
void CountedTree<Traits>::move_between(Node* from, unsigned begin, unsigned end, Node* to,
                                       unsigned at) noexcept {
  std::memcpy(slot(to, at), slot(from, begin), (end - begin) * unit(from));
  to->size = static_cast<std::uint16_t>(to->size + (end - begin));
  from->size = static_cast<std::uint16_t>(from->size - (end - begin));
}

template <class Traits>
template <class Item>
void CountedTree<Traits>::put(Node* node, unsigned at, const Item& item) noexcept {
  std::memmove(slot(node, at + 1), slot(node, at), (node->size - at) * unit(node));
  std::memcpy(slot(node, at), &item, sizeof item);
  ++node->size;
}

// Inserts the item, and returns the node with the items after it, or null. Insertion at the end
// leaves full nodes instead of half-full ones.
template <class Traits>
template <class Item>
auto CountedTree<Traits>::put_or_split(Node* node, Node* spare, unsigned at,
                                       const Item& item) noexcept -> Node* {
  if (!spare) {
    put(node, at, item);
    return nullptr;
  }
  const unsigned half = at == node->size ? node->size : node->size / 2u;
  move_between(node, half, node->size, spare, 0);
  at < half ? put(node, at, item) : put(spare, at - half, item);
  return spare;
}

template <class Traits>
template <class IsBefore>
auto CountedTree<Traits>::insert_into(Node*& node, const Entry& entry, IsBefore is_before)
    -> Node* {
  own(node);
  Owned spare(reserve_one(node));
  if (node->height == 0) {
    const unsigned at = count_before(entries(node), node->size, is_before);
    Node* const right = put_or_split(node, spare.get(), at, entry);
    if (spare) bytes_ += bytes_of(spare.release());
    return right;
  }
  Branch* const all = branches(node);
  const unsigned at = child_before(node, is_before);
  expect_child(node, at, is_before);
  Node* const right = insert_into(all[at].child, entry, is_before);
  all[at] = right ? branch_to(all[at].child)
                  : Branch{first(all[at].child), all[at].child, all[at].count + 1};
  if (!right) return nullptr;
  Node* const split = put_or_split(node, spare.get(), at + 1, branch_to(right));
  if (spare) bytes_ += bytes_of(spare.release());
  return split;
}

template <class Traits>
template <class IsBefore>
void CountedTree<Traits>::insert(const Entry& entry, IsBefore is_before) {
  if (!root_) {
    root_ = allocate(0, kStep / 2);
    bytes_ += bytes_of(root_);
  }
  const bool may_split = root_->size == kMost;
  Owned above(may_split ? allocate(root_->height + 1u, kStep) : nullptr);
  Node* const right = insert_into(root_, entry, is_before);
  if (!right) return;
  put(above.get(), 0, branch_to(root_));
  put(above.get(), 1, branch_to(right));
  root_ = above.release();
  bytes_ += bytes_of(root_);
}

// --- Replacement and removal

template <class Traits>
template <class IsBefore>
void CountedTree<Traits>::replace_in(Node* node, const Entry& entry, IsBefore is_before) noexcept {
  if (node->height == 0) {
    Traits::release(std::exchange(entries(node)[last_in_leaf(node, is_before)], entry));
    return;
  }
  Branch& branch = branches(node)[child_before(node, is_before)];
  replace_in(branch.child, entry, is_before);
  branch.first = first(branch.child);
}

template <class Traits>
template <class IsBefore>
void CountedTree<Traits>::replace(const Entry& entry, IsBefore is_before) {
  own_path(is_before);
  replace_in(root_, entry, is_before);
}

template <class Traits>
void CountedTree<Traits>::cut(Node* node, unsigned at) noexcept {
  std::memmove(slot(node, at), slot(node, at + 1), (node->size - at - 1u) * unit(node));
  --node->size;
}

// Joins a child and the next one, if that leaves space for more. If there is no memory for it they
// stay separate.
template <class Traits>
bool CountedTree<Traits>::merge(Node* node, unsigned left) noexcept try {
  Branch* const all = branches(node);
  const unsigned together = 0u + all[left].child->size + all[left + 1].child->size;
  if (together > kMerged) return false;
  own(all[left].child);
  own(all[left + 1].child);
  if (all[left].child->capacity < together) {
    resize(all[left].child, (together + kStep - 1) / kStep * kStep);
  }
  Node* const gone = all[left + 1].child;
  move_between(gone, 0, gone->size, all[left].child, all[left].child->size);
  bytes_ -= bytes_of(gone);
  drop(gone);
  all[left].count += all[left + 1].count;
  cut(node, left + 1);
  return true;
} catch (const std::bad_alloc&) {
  return false;
}

// Call it after one of its entries was removed.
template <class Traits>
void CountedTree<Traits>::tidy_child(Node* node, unsigned at) noexcept {
  Branch& branch = branches(node)[at];
  if (branch.child->size == 0) {
    bytes_ -= bytes_of(branch.child);
    drop(branch.child);
    cut(node, at);
    return;
  }
  branch.first = first(branch.child);
  if (branch.child->size >= kSmall) return;
  if (at > 0 && merge(node, at - 1)) return;
  if (at + 1u < node->size && merge(node, at)) return;
  if (branch.child->size * 2u > branch.child->capacity) return;
  try {
    resize(branch.child, (branch.child->size + kStep) / kStep * kStep);
  } catch (const std::bad_alloc&) {  // it stays as it is
  }
}

// Memory may run out on the way down, but not on the way up.
template <class Traits>
template <class IsBefore>
void CountedTree<Traits>::erase_from(Node* node, IsBefore is_before) {
  if (node->height == 0) {
    const unsigned at = last_in_leaf(node, is_before);
    const Entry gone = entries(node)[at];
    cut(node, at);
    return Traits::release(gone);
  }
  const unsigned at = child_before(node, is_before);
  own(branches(node)[at].child);
  erase_from(branches(node)[at].child, is_before);
  --branches(node)[at].count;
  tidy_child(node, at);
}

template <class Traits>
template <class IsBefore>
void CountedTree<Traits>::erase(IsBefore is_before) {
  KV_CHECK(root_ != nullptr);
  own(root_);
  erase_from(root_, is_before);
  while (root_->size < 2 && root_->height > 0) {
    bytes_ -= bytes_of(root_);
    Node* const child = share(branches(root_)[0].child);
    drop(std::exchange(root_, child));
  }
  if (root_->size > 0) return;
  bytes_ -= bytes_of(root_);
  drop(std::exchange(root_, nullptr));
}

// --- Bulk build

template <class Traits>
void CountedTree<Traits>::build_leaves(std::span<const Entry> entries, Owned* made,
                                       std::size_t* taken) {
  for (; *taken < entries.size(); ++made) {
    const auto here = static_cast<unsigned>(std::min<std::size_t>(entries.size() - *taken, kBuilt));
    made->reset(allocate(0, (here + kStep - 1) / kStep * kStep));
    for (unsigned i = 0; i < here; ++i) put(made->get(), i, entries[(*taken)++]);
  }
}

template <class Traits>
auto CountedTree<Traits>::build_above(std::vector<Owned> below) -> std::vector<Owned> {
  std::vector<Owned> made((below.size() + kBuilt - 1) / kBuilt);
  for (std::size_t taken = 0, at = 0; taken < below.size(); ++at) {
    const auto here = static_cast<unsigned>(std::min<std::size_t>(below.size() - taken, kBuilt));
    made[at].reset(allocate(below[taken]->height + 1u, (here + kStep - 1) / kStep * kStep));
    for (unsigned i = 0; i < here; ++i) {
      put(made[at].get(), i, branch_to(below[taken++].release()));
    }
  }
  return made;
}

template <class Traits>
std::size_t CountedTree<Traits>::bytes_of_all(const std::vector<Owned>& nodes) {
  std::size_t all = 0;
  for (const Owned& node : nodes) all += bytes_of(node.get());
  return all;
}

template <class Traits>
auto CountedTree<Traits>::build(std::span<const Entry> entries) -> CountedTree {
  CountedTree tree;
  std::size_t taken = 0;
  try {
    std::vector<Owned> nodes((entries.size() + kBuilt - 1) / kBuilt);
    build_leaves(entries, nodes.data(), &taken);
    tree.bytes_ = bytes_of_all(nodes);
    while (nodes.size() > 1) {
      nodes = build_above(std::move(nodes));
      tree.bytes_ += bytes_of_all(nodes);
    }
    if (!nodes.empty()) tree.root_ = nodes[0].release();
  } catch (...) {
    for (const Entry& entry : entries.subspan(taken)) Traits::release(entry);
    throw;
  }
  return tree;
}

}  // namespace kvstore::sorted_set
