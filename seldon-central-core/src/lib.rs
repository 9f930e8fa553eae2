//! x
pub mod api;
pub mod name;
pub mod object;
pub mod pattern;
pub mod profile;
pub mod reason;
pub mod resource;
pub mod text;
