//! x
pub mod api;
pub mod name;
pub mod object;
pub mod pattern;
pub mod profile;
pub mod resource;
pub mod text;
