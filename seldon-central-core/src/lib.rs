//! x
pub mod api;
pub mod desired;
pub mod finding;
pub mod flow;
pub mod manifest;
pub mod name;
pub mod object;
pub mod overlay;
pub mod pattern;
pub mod profile;
pub mod reason;
pub mod resource;
pub mod rules;
pub mod snapshot;
pub mod text;
pub mod yaml;
