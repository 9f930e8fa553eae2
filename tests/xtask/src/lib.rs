//! What a release takes: the program, packed with licence and manual pages for one platform, its digest, and the
//! manifest that krew installs it by.

#![forbid(unsafe_code)]

pub mod archive;
pub mod dist;
pub mod krew;
pub mod man;
pub mod manifest;
pub mod materials;
pub mod peers;
pub mod platform;
pub mod public_api;
