//! A Model: where the scheduler would put it.

use super::{Standing, Story, count, list};
use crate::{
    finding::Evidence,
    reason::{
        model_status::ModelStatus,
        placement::{Admission, Candidate, Fit, MemoryNeed, ModelNeeds, Outcome, Scheduler, ServerView, fit},
        quantity::readable,
    },
    rules::World,
    snapshot::Observed,
};

/// More Servers than these are not described one by one.
const LISTED: usize = 20;

pub(super) fn story(world: &World<'_>, observed: &Observed) -> Story {
    let model = &observed.object;
    let needs = ModelNeeds::of(model);
    let scheduler = world.scheduler();
    let mut story = Story::default();
    asks(&mut story, &needs);
    let mut candidates = scheduler.candidates(&needs);
    let own = |candidate: &Candidate<'_, '_>| Some(candidate.server.namespace) == model.namespace();
    candidates.sort_by_key(|candidate| !own(candidate));
    let listed = || candidates.iter().take(LISTED);
    for candidate in listed() {
        weigh(&mut story, &scheduler, &needs, candidate);
    }
    let named: Vec<&ServerView<'_>> = listed().map(|candidate| candidate.server).collect();
    let others = scheduler.in_brief(&needs, &named);
    if !others.is_empty() {
        story.proved(Standing::Fact, "The scheduler's filters say of the other Servers", others);
    }
    end(&mut story, &scheduler, &needs, model.namespace().unwrap_or_default());
    if let Some(status) = ModelStatus::of(model) {
        let standing = if status.is_ready() { Standing::Good } else { Standing::Bad };
        let says = [status.state.unwrap_or_default(), status.sentence].into_iter().filter(|text| !text.is_empty());
        let says: Vec<&str> = says.collect();
        let text = format!(
            "The operator says it is {}ready: {}",
            if status.is_ready() { "" } else { "not " },
            says.join(", ")
        );
        let text = text.trim_end_matches(": ").to_owned();
        story.step(standing, text);
    }
    story
}

/// What becomes of a Model, in one sentence.
pub(super) fn fate(scheduler: &Scheduler<'_>, needs: &ModelNeeds<'_>, namespace: &str) -> (Standing, String) {
    match scheduler.place(needs) {
        Outcome::Placed => {
            let fits = scheduler.accepted(needs).into_iter().filter(|server| fit(needs, server) == Fit::Fits);
            let fits: Vec<String> = fits.map(|server| server.observed.object.id().to_string()).collect();
            let where_to = match fits.as_slice() {
                [one] => format!("the scheduler would place it on {one}"),
                some => format!("the scheduler would place it on any of {}", some.join(", ")),
            };
            (Standing::Good, where_to)
        }
        Outcome::Crowded(crowd) => {
            let why = crowd.why(needs).message;
            (Standing::Unknown, format!("{why}; which of them the scheduler places first is not known"))
        }
        Outcome::NoServer => {
            let why = scheduler.why_no_server(needs, namespace);
            (Standing::Bad, format!("no Server takes it: {}", why.message))
        }
        Outcome::NoReplicas => {
            let why = scheduler.why_no_replicas(needs);
            (Standing::Bad, format!("no Server has room for it: {}", why.message))
        }
        Outcome::Unknown(why) => (Standing::Unknown, format!("whether a Server takes it is not known: {why}")),
    }
}

fn end(story: &mut Story, scheduler: &Scheduler<'_>, needs: &ModelNeeds<'_>, namespace: &str) {
    let (standing, headline) = fate(scheduler, needs, namespace);
    if standing == Standing::Unknown {
        story.step(Standing::Unknown, headline.clone());
    }
    story.headline = headline;
}

fn asks(story: &mut Story, needs: &ModelNeeds<'_>) {
    match needs.server {
        Some(server) => story.step(Standing::Fact, format!("It asks for the Server `{server}` and no other")),
        None => story.step(
            Standing::Fact,
            "It names no Server, so every one on the scheduler is considered, in whatever namespace",
        ),
    }
    let labels = needs.requirements.iter().map(|requirement| requirement.label);
    let memory = match &needs.memory {
        MemoryNeed::None => String::new(),
        MemoryNeed::Bytes(bytes) => format!(", {} of memory", readable(*bytes)),
        MemoryNeed::Unreadable(problem) => format!(", memory that cannot be read ({problem})"),
    };
    let asks = format!("It requires {}{memory} and {}", list(labels), count(needs.replicas, "replica"));
    story.step(Standing::Fact, asks);
}

/// What the scheduler's filters say to one Server.
fn weigh(story: &mut Story, scheduler: &Scheduler<'_>, needs: &ModelNeeds<'_>, candidate: &Candidate<'_, '_>) {
    let server = candidate.server;
    let title = server.observed.object.id();
    let (standing, verdict) = match &candidate.admission {
        Admission::Rejected(rejection) => (Standing::Bad, rejection.to_string()),
        Admission::Unknown(why) => (Standing::Unknown, format!("cannot be judged: {why}")),
        Admission::Accepted if scheduler.is_ambiguous(server) => {
            (Standing::Unknown, "takes it, if it is the one of its name that registers with the scheduler".to_owned())
        }
        Admission::Accepted => match fit(needs, server) {
            Fit::Fits => (Standing::Good, "takes it".to_owned()),
            Fit::Short(shortage) => (Standing::Bad, shortage.to_string()),
            Fit::Unknown(why) => (Standing::Unknown, format!("would take it, if it has the room: {why}")),
        },
    };
    let declares = list(server.capabilities.declared.iter().map(String::as_str));
    story.proved(standing, format!("{title} {verdict}"), vec![Evidence::new("", format!("it declares {declares}"))]);
}
