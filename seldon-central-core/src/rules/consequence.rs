//! Findings that are sure consequences of others: they are told with their cause, and count once.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Evidence, Finding, Outcome, Verdict},
    object::ObjectId,
};

/// What follows when both rules fail for one object.
struct Follows {
    cause: &'static str,
    consequence: &'static str,
    /// The field that the consequence rests on. One that rests on another has a cause of its own.
    field: &'static str,
}

const FOLLOWS: [Follows; 2] = [
    // A name that no Server has passes none of the scheduler's filters.
    Follows { cause: "SCS0403", consequence: "SCS0402", field: "/spec/server" },
    // The Service that the operator makes is no ExternalName.
    Follows { cause: "SCS0505", consequence: "SCS0502", field: "/spec/type" },
];

/// Makes what follows from another finding evidence of that one. A rule that was not asked takes
/// nothing away.
pub(super) fn settle(outcomes: Vec<Outcome>) -> Vec<Outcome> {
    FOLLOWS.iter().fold(outcomes, with_consequences)
}

fn with_consequences(outcomes: Vec<Outcome>, follows: &Follows) -> Vec<Outcome> {
    let is_cause = |one: &&Outcome| one.rule == follows.cause && one.finding().is_some();
    let causes: BTreeSet<ObjectId> = outcomes.iter().filter(is_cause).map(|one| one.object.clone()).collect();
    let follows_one = |one: &Outcome| follows.explains(one) && causes.contains(&one.object);
    let (consequences, mut rest): (Vec<Outcome>, Vec<Outcome>) = outcomes.into_iter().partition(follows_one);
    let mut consequences: BTreeMap<ObjectId, Outcome> =
        consequences.into_iter().map(|one| (one.object.clone(), one)).collect();
    for one in rest.iter_mut().filter(|one| one.rule == follows.cause) {
        let consequence = consequences.remove(&one.object).map(|consequence| consequence.verdict);
        if let (Verdict::Fail(cause), Some(Verdict::Fail(consequence))) = (&mut one.verdict, consequence) {
            follows.tell(cause, consequence);
        }
    }
    rest
}

impl Follows {
    fn explains(&self, outcome: &Outcome) -> bool {
        let field = outcome.finding().and_then(|finding| finding.evidence.first()).map(|first| first.path.as_str());
        outcome.rule == self.consequence && field == Some(self.field)
    }

    fn tell(&self, cause: &mut Finding, consequence: Finding) {
        let follows = format!("so {} does not hold either: {}", self.consequence, consequence.message);
        let new: Vec<Evidence> = consequence.evidence.into_iter().filter(|one| !cause.evidence.contains(one)).collect();
        cause.evidence.push(Evidence::new("", follows));
        cause.evidence.extend(new);
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::{find, tests::outcomes_of};

    #[test]
    fn what_follows_is_told_with_its_cause() {
        let (cause, consequence) = ("SCS0505", "SCS0502");
        let rule = find(cause).unwrap();
        let both = outcomes_of(&[cause, consequence], rule, rule.bad);
        let [only] = both.as_slice() else { panic!("{both:#?}") };
        assert_eq!(only.rule, cause);
        let told = &only.finding().unwrap().evidence;
        assert!(told.iter().any(|one| one.value.contains(consequence)), "{told:#?}");
        let alone = outcomes_of(&[consequence], rule, rule.bad);
        assert_eq!(alone.len(), 1, "without the cause's rule nothing is taken away: {alone:#?}");
    }

    #[test]
    fn what_has_a_cause_of_its_own_stays() {
        let rule = find("SCS0403").unwrap();
        let elsewhere = "---\napiVersion: mlops.seldon.io/v1alpha1\nkind: Server\nmetadata: {name: ml-server, namespace: \
                         seldon-system}\nspec: {serverConfig: mlserver, capabilities: [sklearn]}\n";
        let both = outcomes_of(&["SCS0402", "SCS0403"], rule, &[rule.bad, elsewhere].concat());
        assert_eq!(both.iter().map(|one| one.rule).collect::<Vec<_>>(), ["SCS0402", "SCS0403"], "{both:#?}");
    }
}
