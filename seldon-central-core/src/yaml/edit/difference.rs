//! The smallest steps from one value to another.

use serde_json::{Map, Value};

use super::path::Path;

/// One change of a tree. An index counts the entries that are there before the step; steps of one list
/// run from its end to its beginning, so that each index still holds when its turn comes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// The value that is there becomes another.
    Set(Path, Value),
    /// A key or an entry is removed, and others remain.
    Remove(Path),
    /// A key comes to others, or an entry comes before the one of this index.
    Insert(Path, Value),
}

impl Step {
    pub(super) const fn path(&self) -> &Path {
        match self {
            Self::Set(path, _) | Self::Remove(path) | Self::Insert(path, _) => path,
        }
    }
}

/// Above this many comparisons, entries of lists are compared by their index only.
const MAX_COMPARISONS: usize = 250_000;

/// The steps that make `new` of `old`.
pub(super) fn steps(old: &Value, new: &Value, at: &Path, steps: &mut Vec<Step>) {
    match (old, new) {
        (old, new) if old == new => {}
        (Value::Object(old), Value::Object(new)) if !old.is_empty() && !new.is_empty() => {
            of_mapping(old, new, at, steps);
        }
        (Value::Array(old), Value::Array(new)) if !old.is_empty() && !new.is_empty() => of_list(old, new, at, steps),
        (_, new) => steps.push(Step::Set(at.clone(), new.clone())),
    }
}

/// What is removed comes last, so that a mapping is never empty in between.
fn of_mapping(old: &Map<String, Value>, new: &Map<String, Value>, at: &Path, found: &mut Vec<Step>) {
    for (key, value) in old {
        if let Some(new) = new.get(key) {
            steps(value, new, &at.child(key), found);
        }
    }
    let added = new.iter().filter(|(key, _)| !old.contains_key(*key));
    found.extend(added.map(|(key, value)| Step::Insert(at.child(key), value.clone())));
    let removed = old.keys().filter(|key| !new.contains_key(*key));
    found.extend(removed.map(|key| Step::Remove(at.child(key))));
}

fn of_list(old: &[Value], new: &[Value], at: &Path, found: &mut Vec<Step>) {
    let mut kept = matches(old, new);
    kept.push((old.len(), new.len()));
    let (mut old_end, mut new_end) = (old.len(), new.len());
    // From the end: what lies between two entries that are kept, then the one before it.
    while let Some((last_old, last_new)) = kept.pop() {
        if let (Some(before), Some(after)) = (old.get(last_old), new.get(last_new)) {
            steps(before, after, &at.child(&last_old.to_string()), found);
        }
        (old_end, new_end) = (old_end.min(last_old), new_end.min(last_new));
        let (old_begin, new_begin) = kept.last().map_or((0, 0), |(old, new)| (old + 1, new + 1));
        between(old, old_begin..old_end, new.get(new_begin..new_end).unwrap_or_default(), at, found);
    }
}

/// Entries that correspond to none of the other list: as many as there are on both sides become each
/// other.
fn between(old: &[Value], range: std::ops::Range<usize>, new: &[Value], at: &Path, found: &mut Vec<Step>) {
    let (begin, count) = (range.start, range.len());
    let child = |index: usize| at.child(&(begin + index).to_string());
    let surplus = new.get(count.min(new.len())..).unwrap_or_default();
    found.extend(surplus.iter().rev().map(|value| Step::Insert(child(count), value.clone())));
    found.extend((new.len().min(count)..count).rev().map(|index| Step::Remove(child(index))));
    let both = old.get(range).unwrap_or_default().iter().zip(new).enumerate();
    for (index, (before, after)) in both.collect::<Vec<_>>().into_iter().rev() {
        steps(before, after, &child(index), found);
    }
}

/// Entries of two lists that are each other, in order: those at the beginning, those at the end, and
/// of the others as many as possible.
fn matches(old: &[Value], new: &[Value]) -> Vec<(usize, usize)> {
    let before = old.iter().zip(new).take_while(|(old, new)| is_same(old, new)).count();
    let (old_rest, new_rest) = (old.get(before..).unwrap_or_default(), new.get(before..).unwrap_or_default());
    let after = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(old, new)| is_same(old, new)).count();
    let (old_end, new_end) = (old.len() - after, new.len() - after);
    let (old_rest, new_rest) =
        (old.get(before..old_end).unwrap_or_default(), new.get(before..new_end).unwrap_or_default());
    let between = subsequence(old_rest, new_rest).into_iter().map(|(old, new)| (before + old, before + new));
    let (head, tail) =
        ((0..before).map(|index| (index, index)), (0..after).map(|index| (old_end + index, new_end + index)));
    head.chain(between).chain(tail).collect()
}

/// A longest common subsequence.
fn subsequence(old: &[Value], new: &[Value]) -> Vec<(usize, usize)> {
    if old.len().saturating_mul(new.len()) > MAX_COMPARISONS {
        return Vec::new();
    }
    let width = new.len() + 1;
    let mut lengths = vec![0_u32; (old.len() + 1) * width];
    let at = |lengths: &[u32], row: usize, column: usize| lengths.get(row * width + column).copied().unwrap_or(0);
    for (row, before) in old.iter().enumerate().rev() {
        for (column, after) in new.iter().enumerate().rev() {
            let longest = if is_same(before, after) {
                at(&lengths, row + 1, column + 1) + 1
            } else {
                at(&lengths, row + 1, column).max(at(&lengths, row, column + 1))
            };
            if let Some(cell) = lengths.get_mut(row * width + column) {
                *cell = longest;
            }
        }
    }
    let (mut row, mut column, mut found) = (0, 0, Vec::new());
    while let (Some(before), Some(after)) = (old.get(row), new.get(column)) {
        if is_same(before, after) {
            found.push((row, column));
            (row, column) = (row + 1, column + 1);
        } else if at(&lengths, row + 1, column) >= at(&lengths, row, column + 1) {
            row += 1;
        } else {
            column += 1;
        }
    }
    found
}

/// Whether two entries are the same one, perhaps with other content.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one.get("name"), other.get("name")) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}
