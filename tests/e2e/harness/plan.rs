//! Which tests there are, and which of them cannot be run here and why.

use std::{collections::BTreeSet, env};

use libtest_mimic::{Completion, Trial};

use super::{
    assets,
    browser::{self, Browser},
    control_plane::{self, Crds, Server},
    data::{self, Data},
    failure::{self, End},
    go, kubectl, terminal,
};

/// With `1` in it, tests that need a cluster must run: whatever keeps them from it fails each of them.
const REQUIRE: &str = "SELDON_TESTS_REQUIRE_CLUSTER";
/// The same for those that need a browser.
const REQUIRE_BROWSER: &str = "SELDON_TESTS_REQUIRE_BROWSER";

/// The tests, suite by suite.
pub(crate) struct Plan {
    pub(crate) trials: Vec<Trial>,
    data: Option<Data>,
    without_data: String,
    without_kubectl: Option<String>,
    without_cluster: Option<String>,
    /// Reasons for which tests fail that are ignored elsewhere, so that no filter hides what is missing.
    fatal: BTreeSet<String>,
}

impl Plan {
    /// An empty plan.
    pub(crate) fn new() -> Self {
        let mut plan = Self {
            trials: Vec::new(),
            data: None,
            without_data: format!("{} is not set", data::VARIABLE),
            without_kubectl: kubectl::missing(),
            without_cluster: kubectl::missing().or_else(|| match assets::folder() {
                Some(assets) => assets::missing(&assets),
                None => go::missing(),
            }),
            fatal: BTreeSet::new(),
        };
        match Data::find() {
            Ok(data) => plan.data = data,
            Err(reason) => {
                plan.fatal.insert(reason.clone());
                plan.without_data = reason;
            }
        }
        let is_set = |variable| env::var(variable).is_ok_and(|value| value == "1");
        if is_set(REQUIRE_BROWSER) {
            plan.fatal.extend(browser::missing());
        }
        if is_set(REQUIRE) {
            plan.fatal.extend(plan.without_cluster.clone());
            plan.fatal.extend(go::missing());
        }
        plan
    }

    /// A test that needs kubectl and no cluster.
    pub(crate) fn local(&mut self, name: &str, test: impl FnOnce() + Send + 'static) {
        let reason = self.without_kubectl.clone();
        self.add(name.to_owned(), reason, move || {
            test();
            Ok(())
        });
    }

    /// A test that needs kubectl and the test data, and no cluster.
    pub(crate) fn local_with_data(&mut self, name: &str, test: impl FnOnce(&Data) + Send + 'static) {
        match self.data.clone() {
            Some(data) => self.local(name, move || test(&data)),
            None => self.without_data(name),
        }
    }

    /// A test that needs kubectl and a browser, and no cluster.
    pub(crate) fn browser(&mut self, name: &str, test: impl FnOnce(&mut Browser) + Send + 'static) {
        match browser::missing() {
            Some(reason) => self.add(name.to_owned(), Some(reason), || Ok(())),
            None => self.local(name, || test(&mut Browser::start())),
        }
    }

    /// A test that needs Go and nothing else.
    pub(crate) fn go(&mut self, name: &str, test: impl FnOnce() -> Result<(), String> + Send + 'static) {
        self.add(name.to_owned(), go::missing(), test);
    }

    /// A test on a shared server, once for each version of the CRDs.
    pub(crate) fn cluster(&mut self, name: &str, test: impl Fn(&Server) + Clone + Send + 'static) {
        for crds in Crds::to_test(self.data.as_ref()) {
            self.on(*crds, format!("{name}::{crds}"), test.clone());
        }
    }

    /// The same for a test that also needs the test data.
    pub(crate) fn cluster_with_data(&mut self, name: &str, test: impl Fn(&Server, &Data) + Clone + Send + 'static) {
        match self.data.clone() {
            Some(data) => self.cluster(name, move |server| test(server, &data)),
            None => self.without_data(name),
        }
    }

    /// The same for a test to which Seldon's version means nothing.
    pub(crate) fn any_cluster_with_data(&mut self, name: &str, test: impl Fn(&Server, &Data) + Send + 'static) {
        match self.data.clone() {
            Some(data) => self.on(Crds::to_test(Some(&data))[0], name.to_owned(), move |server| test(server, &data)),
            None => self.without_data(name),
        }
    }

    /// A test on a shared server, to which Seldon's version means nothing.
    pub(crate) fn any_cluster(&mut self, name: &str, test: impl Fn(&Server) + Send + 'static) {
        self.on(Crds::to_test(self.data.as_ref())[0], name.to_owned(), test);
    }

    /// A test with somebody at a terminal, to which Seldon's version means nothing.
    pub(crate) fn terminal(&mut self, name: &str, test: impl Fn(&Server) + Send + 'static) {
        match terminal::missing() {
            Some(reason) => self.add(name.to_owned(), Some(reason), || Ok(())),
            None => self.on(Crds::to_test(self.data.as_ref())[0], name.to_owned(), test),
        }
    }

    /// A test on a server that no other test uses: its control plane is the only one in the cluster.
    pub(crate) fn own_cluster(&mut self, name: &str, test: impl FnOnce(&Server) + Send + 'static) {
        self.own(Crds::to_test(self.data.as_ref())[0], name.to_owned(), test);
    }

    fn own(&mut self, crds: Crds, name: String, test: impl FnOnce(&Server) + Send + 'static) {
        let (data, prefix) = (self.data.clone(), name.replace("::", "-"));
        self.add(name, self.without_cluster.clone(), move || {
            test(&control_plane::start(&prefix, crds, data.as_ref())?);
            Ok(())
        });
    }

    /// The same, once for each version of the CRDs.
    pub(crate) fn own_clusters(&mut self, name: &str, test: impl Fn(&Server) + Clone + Send + 'static) {
        for crds in Crds::to_test(self.data.as_ref()) {
            self.own(*crds, format!("{name}::{crds}"), test.clone());
        }
    }

    /// The same for a test that needs the real CRDs.
    pub(crate) fn own_clusters_with_data(&mut self, name: &str, test: impl Fn(&Server) + Clone + Send + 'static) {
        if self.data.is_some() { self.own_clusters(name, test) } else { self.without_data(name) }
    }

    /// The same for one version of them.
    pub(crate) fn own_cluster_with_data(&mut self, name: &str, test: impl FnOnce(&Server) + Send + 'static) {
        if self.data.is_some() { self.own_cluster(name, test) } else { self.without_data(name) }
    }

    /// A test that starts servers by itself.
    pub(crate) fn once(&mut self, name: &str, test: impl FnOnce() + Send + 'static) {
        self.add(name.to_owned(), self.without_cluster.clone(), move || {
            test();
            Ok(())
        });
    }

    fn on(&mut self, crds: Crds, name: String, test: impl FnOnce(&Server) + Send + 'static) {
        let data = self.data.clone();
        self.add(name, self.without_cluster.clone(), move || {
            test(control_plane::shared(crds, data.as_ref())?);
            Ok(())
        });
    }

    fn without_data(&mut self, name: &str) {
        let reason = self.without_cluster.clone().unwrap_or_else(|| self.without_data.clone());
        self.add(name.to_owned(), Some(reason), || Ok(()));
    }

    fn add(
        &mut self,
        name: String,
        reason: Option<String>,
        test: impl FnOnce() -> Result<(), String> + Send + 'static,
    ) {
        let fatal = self.fatal.clone();
        self.trials.push(Trial::ignorable_test(name, move || {
            let end = match reason {
                Some(reason) => End::Ignored(reason),
                None => failure::caught(test)?,
            };
            match end {
                End::Done => Ok(Completion::Completed),
                End::Ignored(reason) if fatal.contains(&reason) => Err(reason.into()),
                End::Ignored(reason) => Ok(Completion::ignored_with(reason)),
            }
        }));
    }
}
