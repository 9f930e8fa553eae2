//! Models on the replicas of one Server, as numbers.
//!
//! A Model takes its memory on each of as many replicas as it asks for, and no two of those are
//! one. The scheduler fills the replicas with the most memory left first
//! (`scheduler/pkg/scheduler/scheduler.go:231-261`), Model by Model in an order that nobody knows.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashSet},
};

/// What a Model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Need {
    /// Bytes on each replica.
    pub(super) bytes: u64,
    /// On so many.
    pub(super) replicas: u64,
}

/// Replicas of a Server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    /// Bytes on each.
    pub(super) bytes: u64,
    /// So many.
    pub(super) replicas: u64,
}

/// More different amounts of memory than these are not told apart.
const AMOUNTS: usize = 4096;

/// Up to so many Models are counted into one replica.
const SHARERS: u128 = 8;

/// A search that has looked at so many states ends without an answer.
const STATES: usize = 20_000;

/// A search is tried up to so many Models and replicas.
const SEARCHED: usize = 32;

/// Whether it is proved that not all can have a place, whichever replicas they get.
pub(super) fn cannot_all_fit(needs: &[Need], room: Room) -> bool {
    is_refuted(needs, room) || (is_searchable(needs, room) && Assignment::of(needs, room) == Assignment::Impossible)
}

/// Neither the sum of what they ask for, nor that of two that are too big for one replica together
/// each needs its own, and so on.
fn is_refuted(needs: &[Need], room: Room) -> bool {
    let (has, replicas) = (u128::from(room.bytes), u128::from(room.replicas));
    let asked = asked(needs);
    let too_many = |sharers: u128| {
        let is_big = |need: &&Need| u128::from(need.bytes) * (sharers + 1) > has;
        let big: u128 = needs.iter().filter(is_big).map(|need| u128::from(need.replicas)).sum();
        big > sharers * replicas
    };
    asked > has.saturating_mul(replicas) || (1..=SHARERS).any(too_many)
}

/// Bytes that all of them ask for, on all their replicas.
pub(super) fn asked(needs: &[Need]) -> u128 {
    let each = needs.iter().map(|need| u128::from(need.bytes) * u128::from(need.replicas));
    each.fold(0, u128::saturating_add)
}

fn is_searchable(needs: &[Need], room: Room) -> bool {
    needs.len() <= SEARCHED && usize::try_from(room.replicas).is_ok_and(|replicas| replicas <= SEARCHED)
}

/// Whether all can have a place, on replicas of the best choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Assignment {
    Possible,
    Impossible,
    /// The search was given up.
    Unknown,
}

impl Assignment {
    fn of(needs: &[Need], room: Room) -> Self {
        let mut needs = needs.to_vec();
        needs.sort_by_key(|need| Reverse((need.bytes, need.replicas)));
        Self::search(&needs, &full(room), &mut HashSet::new())
    }

    /// The replicas are sorted, so that those that are alike are tried once.
    fn search(needs: &[Need], free: &[u64], seen: &mut HashSet<(usize, Vec<u64>)>) -> Self {
        let Some((need, rest)) = needs.split_first() else { return Self::Possible };
        if seen.len() >= STATES {
            return Self::Unknown;
        }
        if !seen.insert((rest.len(), free.to_vec())) {
            return Self::Impossible;
        }
        let mut answer = Self::Impossible;
        for next in choices(*need, free) {
            match Self::search(rest, &next, seen) {
                Self::Possible => return Self::Possible,
                Self::Unknown => answer = Self::Unknown,
                Self::Impossible => {}
            }
        }
        answer
    }
}

/// What may be left once a Model has its replicas, the tightest choice first.
fn choices(need: Need, free: &[u64]) -> Vec<Vec<u64>> {
    let mut found = BTreeSet::new();
    let mut open = vec![(0, 0, free.to_vec())];
    while let Some((from, taken, mut left)) = open.pop() {
        if taken == need.replicas {
            left.sort_unstable();
            found.insert(left);
        } else if found.len() <= STATES {
            for place in from..left.len() {
                // Of replicas that are alike, the first that is not taken yet.
                let is_again = place > from && left.get(place) == left.get(place - 1);
                let mut next = left.clone();
                if let Some(bytes) = next.get_mut(place).filter(|bytes| !is_again && **bytes >= need.bytes) {
                    *bytes -= need.bytes;
                    open.push((place + 1, taken + 1, next));
                }
            }
        }
    }
    found.into_iter().collect()
}

fn full(room: Room) -> Vec<u64> {
    usize::try_from(room.replicas).map(|replicas| vec![room.bytes; replicas]).unwrap_or_default()
}

/// Whether some of the others, placed first, leave too little for a Model.
pub(super) fn may_go_without(own: Need, others: &[Need], room: Room) -> bool {
    if room.replicas == 1 {
        return can_fill_one(own, others, room.bytes);
    }
    // So many replicas have to be short of memory, and what is there to make them so is this.
    let short = (u128::from(room.replicas) + 1).saturating_sub(own.replicas.into());
    let each = (u128::from(room.bytes) + 1).saturating_sub(own.bytes.into());
    let there = others.iter().map(|other| u128::from(other.bytes) * u128::from(other.replicas).min(short));
    let there = there.fold(0, u128::saturating_add);
    there >= short.saturating_mul(each)
        && (!is_searchable(others, room) || Orders { own, others }.leave_it_out(full(room)))
}

fn can_fill_one(own: Need, others: &[Need], has: u64) -> bool {
    let mut sums = BTreeSet::from([0_u64]);
    for other in others {
        let more: Vec<u64> = sums.iter().map(|sum| sum.saturating_add(other.bytes)).filter(|sum| *sum <= has).collect();
        sums.extend(more);
        if sums.len() > AMOUNTS {
            return true;
        }
    }
    sums.into_iter().any(|sum| sum.saturating_add(own.bytes) > has)
}

/// The orders in which others may come before a Model.
struct Orders<'n> {
    own: Need,
    others: &'n [Need],
}

impl Orders<'_> {
    /// Whether one of them leaves no place for it. A search that is given up says so as well, because
    /// that someone is left out is certain.
    fn leave_it_out(&self, free: Vec<u64>) -> bool {
        let mut seen = HashSet::new();
        let mut open = vec![(0_u64, free)];
        while let Some((came, free)) = open.pop() {
            if seen.len() >= STATES || placed(self.own, &free).is_none() {
                return true;
            }
            for (place, other) in self.others.iter().enumerate().filter(|(place, _)| came & (1 << place) == 0) {
                let next = placed(*other, &free).map(|left| (came | (1 << place), left));
                open.extend(next.filter(|next| seen.insert(next.clone())));
            }
        }
        false
    }
}

/// What is left, sorted, once the scheduler has placed a Model on the replicas with the most memory
/// left; `None` where too few have enough.
fn placed(need: Need, free: &[u64]) -> Option<Vec<u64>> {
    let mut left = free.to_vec();
    left.sort_unstable_by_key(|bytes| Reverse(*bytes));
    let replicas = usize::try_from(need.replicas).ok().filter(|replicas| *replicas <= left.len())?;
    for bytes in left.iter_mut().take(replicas) {
        *bytes = bytes.checked_sub(need.bytes)?;
    }
    left.sort_unstable();
    Some(left)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn need(bytes: u64, replicas: u64) -> Need {
        Need { bytes, replicas }
    }

    /// Every subset of the replicas for every Model.
    fn fits_somehow(needs: &[Need], free: &[u64]) -> bool {
        let Some((need, rest)) = needs.split_first() else { return true };
        (0_u32..1 << free.len()).filter(|subset| u64::from(subset.count_ones()) == need.replicas).any(|subset| {
            let left: Option<Vec<u64>> = (0..)
                .zip(free)
                .map(
                    |(place, bytes)| {
                        if subset & (1 << place) == 0 { Some(*bytes) } else { bytes.checked_sub(need.bytes) }
                    },
                )
                .collect();
            left.is_some_and(|left| fits_somehow(rest, &left))
        })
    }

    /// The scheduler, Model by Model: which of them get no place.
    fn simulated(order: &[(usize, Need)], room: Room) -> Vec<usize> {
        let mut free: Vec<(u64, usize)> = full(room).into_iter().zip(0..).collect();
        let mut without = Vec::new();
        for (model, need) in order {
            free.sort_by_key(|(bytes, index)| (Reverse(*bytes), *index));
            let suitable: Vec<usize> =
                free.iter().filter(|(bytes, _)| *bytes >= need.bytes).map(|(_, index)| *index).collect();
            if (suitable.len() as u64) < need.replicas {
                without.push(*model);
                continue;
            }
            for index in suitable.iter().take(usize::try_from(need.replicas).unwrap()) {
                free.iter_mut().find(|(_, other)| other == index).unwrap().0 -= need.bytes;
            }
        }
        without
    }

    fn orders(models: &[(usize, Need)]) -> Vec<Vec<(usize, Need)>> {
        if models.is_empty() {
            return vec![vec![]];
        }
        let with_first = |first: usize| {
            let rest: Vec<_> = models.iter().copied().filter(|(model, _)| *model != models[first].0).collect();
            orders(&rest).into_iter().map(move |order| [vec![models[first]], order].concat())
        };
        (0..models.len()).flat_map(with_first).collect()
    }

    proptest! {
        #[test]
        fn what_is_proved_is_what_a_simulation_shows(
            models in prop::collection::vec((1_u64..=10, 1_u64..=3), 1..=5),
            replicas in 1_u64..=3,
        ) {
            let room = Room { bytes: 10, replicas };
            let needs: Vec<Need> =
                models.into_iter().map(|(bytes, wanted)| need(bytes, wanted.min(replicas))).collect();
            let impossible = !fits_somehow(&needs, &full(room));
            prop_assert_eq!(cannot_all_fit(&needs, room), impossible);

            let models: Vec<(usize, Need)> = needs.iter().copied().enumerate().collect();
            let without: Vec<Vec<usize>> = orders(&models).iter().map(|order| simulated(order, room)).collect();
            prop_assert!(!impossible || without.iter().all(|models| !models.is_empty()));
            for (model, own) in &models {
                let others: Vec<Need> = models.iter().filter(|(other, _)| other != model).map(|(_, need)| *need).collect();
                let goes_without = without.iter().any(|models| models.contains(model));
                prop_assert_eq!(may_go_without(*own, &others, room), goes_without, "{:?} of {:?}", own, &needs);
            }
        }
    }

    #[test]
    fn what_no_sum_refutes_a_search_does() {
        let room = Room { bytes: 10, replicas: 2 };
        let needs = [need(6, 1), need(4, 1), need(4, 1), need(3, 2)];
        assert!(!is_refuted(&needs, room), "20 of 20, and no big ones too many");
        assert!(cannot_all_fit(&needs, room), "6 + 3 and 4 + 3 leave 1 and 3");
    }

    #[test]
    fn what_cannot_be_searched_is_not_proved() {
        let many: Vec<Need> = (0..40).map(|_| need(3, 1)).collect();
        assert!(!cannot_all_fit(&many, Room { bytes: 10, replicas: 14 }));
        assert!(cannot_all_fit(&many, Room { bytes: 10, replicas: 13 }), "three fit a replica");
        let huge = Room { bytes: u64::MAX, replicas: u64::MAX };
        assert!(!cannot_all_fit(&[need(u64::MAX, u64::MAX)], huge));
        assert!(!may_go_without(need(1, 1), &[need(u64::MAX, 7)], huge));
    }

    #[test]
    fn a_search_ends() {
        let bytes = |index: u64| 1_000_003 + index * 7_919;
        let needs: Vec<Need> = (0..32).map(|index| need(bytes(index), 1 + index % 5)).collect();
        let room = Room { bytes: 4_000_000, replicas: 26 };
        cannot_all_fit(&needs, room);
        may_go_without(needs[0], &needs[1..], room);
    }
}
