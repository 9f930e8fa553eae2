//! What `verify` reads and where it says things are.

mod files;

use crate::harness::plan::Plan;

pub(crate) fn add(plan: &mut Plan) {
    files::add(plan);
}
