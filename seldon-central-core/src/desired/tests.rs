use super::*;
use crate::{
    profile::{Profile, Surroundings, resolve},
    yaml,
};

fn desired(yaml: &str) -> Desired {
    build(&resolve(&Profile::from_yaml(yaml).unwrap(), &Surroundings::default()).unwrap())
}

fn object(desired: &Desired, id: &str) -> String {
    let found = desired.objects().find(|object| object.id().to_string() == id);
    yaml::write(&found.unwrap_or_else(|| panic!("no {id} among {}", ids(desired))).to_value())
}

fn ids(desired: &Desired) -> String {
    desired.objects().map(|object| format!("{}\n", object.id())).collect()
}

#[test]
fn the_specifications_tenant_is_built_in_the_order_that_works() {
    let desired = desired("tenants: [{namespace: financial-inference}]");
    insta::assert_snapshot!("order", ids(&desired));
    for id in ids(&desired).lines() {
        insta::assert_snapshot!(id.replace([' ', '/'], "_"), object(&desired, id));
    }
}
