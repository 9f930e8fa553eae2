//! Desired state, rules and explanations for Seldon Core 2 tenants that share one central scheduler.
//!
//! The library is pure: it takes values and returns values. It opens no file, no connection and no
//! clock; whoever imports it reads and writes.
//!
//! ```text
//! Profile ──resolve──► ResolvedProfile ──build──► Desired ──render──► FileTree
//!                                                    │
//! manifests, cluster ──────► Snapshot ◄──with_desired┘
//!                               │
//!                               └──World──rules::run──► Outcomes ──► Report
//! ```
//!
//! The types a caller needs:
//!
//! | type | what it is |
//! |---|---|
//! | [`profile::Profile`] | a control plane and its tenants, as the user declares them |
//! | [`profile::ResolvedProfile`] | the same with every name fixed |
//! | [`desired::Desired`] | the objects that a profile asks for |
//! | [`object::Object`] | one Kubernetes object |
//! | [`overlay::FileTree`] | desired objects as the files of a repository |
//! | [`snapshot::Snapshot`] | what was observed, and what could not be read |
//! | [`rules::Rule`] | one rule with its text, its check and its fixtures |
//! | [`finding::Outcome`] | the verdict of a rule on an object |
//! | [`report::Report`] | what a run of rules has to say, as a contract with its readers |
//! | [`symptom::Symptom`] | a message that people paste, and what is behind it |
//! | [`explain::Document`] | what there is to learn about a rule, a message or an object |
//!
//! ```
//! use seldon_central_core::{
//!     desired,
//!     overlay::{self, Form},
//!     profile::{Profile, Surroundings, resolve},
//! };
//!
//! let profile = Profile::from_yaml("tenants: [{namespace: financial-inference}]")?;
//! let desired = desired::build(&resolve(&profile, &Surroundings::default())?);
//! let files = overlay::render(&desired, &Form::Kustomize);
//! assert!(files.get("service-seldon-scheduler.yaml").unwrap().contains("type: ExternalName"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

pub mod api;
pub mod change;
pub mod desired;
pub mod explain;
pub mod fields;
pub mod finding;
pub mod fix;
pub mod flow;
pub mod guard;
pub mod helm;
pub mod kustomize;
pub mod left_over;
pub mod log;
pub mod manifest;
pub mod name;
pub mod needs;
pub mod object;
pub mod offboard;
pub mod overlay;
pub mod pattern;
pub mod preflight;
pub mod profile;
pub mod reason;
pub mod report;
pub mod resource;
pub mod rules;
pub mod select;
pub mod snapshot;
pub mod suppress;
pub mod surroundings;
pub mod symptom;
pub mod text;
pub mod version;
pub mod yaml;

#[cfg(test)]
mod sources_test;
