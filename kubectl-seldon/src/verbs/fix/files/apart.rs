//! Findings whose repairs did not do together: parted until those are alone that do not do at all.

use std::collections::BTreeSet;

/// The groups that are still to be tried, each apart from the others.
#[derive(Debug)]
pub(super) struct Apart<K>(Vec<BTreeSet<K>>);

impl<K: Ord + Clone> Apart<K> {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next group.
    pub(super) fn next(&mut self) -> Option<BTreeSet<K>> {
        self.0.pop()
    }

    /// Parts a group that failed, where that is known because of some of it. One that is alone is given back:
    /// it does not do.
    pub(super) fn part(&mut self, mut group: BTreeSet<K>, because_of: &BTreeSet<K>) -> Option<K> {
        let mut culprits: BTreeSet<K> = group.intersection(because_of).cloned().collect();
        if culprits.is_empty() {
            culprits.clone_from(&group);
        }
        group.retain(|key| !culprits.contains(key));
        let middle = culprits.iter().nth(culprits.len() / 2).cloned();
        let alone = middle.as_ref().filter(|_| culprits.len() == 1).cloned();
        if let (Some(middle), None) = (middle, &alone) {
            let rest = culprits.split_off(&middle);
            self.0.extend([rest, culprits]);
        }
        if !group.is_empty() {
            self.0.push(group);
        }
        alone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many tries it takes to find those of many that do not do, if a failure names them or not.
    fn tries(bad: &[usize], named: bool) -> usize {
        let (mut apart, mut tries, mut found) = (Apart::new(), 0, BTreeSet::new());
        let mut next = Some((0..400).collect::<BTreeSet<usize>>());
        while let Some(group) = next {
            tries += 1;
            let culprits: BTreeSet<usize> = group.iter().filter(|key| bad.contains(key)).copied().collect();
            if !culprits.is_empty() {
                found.extend(apart.part(group, if named { &culprits } else { &found }));
            }
            next = apart.next();
        }
        assert_eq!(found, bad.iter().copied().collect());
        tries
    }

    #[test]
    fn a_few_of_many_are_found_in_a_few_tries() {
        assert_eq!(tries(&[], true), 1);
        assert_eq!(tries(&[7], true), 2);
        assert!(tries(&[7, 311], true) < 6);
        assert!(tries(&[7], false) < 2 * 10);
        assert!(tries(&[7, 311], false) < 4 * 10);
    }
}
