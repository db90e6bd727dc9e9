use serde_json::json;

use super::super::catalog::{Interface, Service, Wanted};
use crate::identity::IdentityError;
use crate::model::Code;

fn catalog() -> Vec<Service> {
    serde_json::from_value(json!([
        { "type": "identity", "name": "keystone", "id": "1", "endpoints": [
            { "id": "2", "interface": "public", "region": "one", "region_id": "one", "url": "https://k/v3" } ] },
        { "type": "placement", "name": "placement", "id": "3", "endpoints": [
            { "id": "4", "interface": "public", "region": "one", "region_id": "one", "url": "https://one/placement" },
            { "id": "5", "interface": "internal", "region": "two", "region_id": "two", "url": "https://two/placement" },
            { "id": "6", "interface": "admin", "region": null, "region_id": null, "url": "https://none/placement" } ] },
    ]))
    .unwrap()
}

fn find(interfaces: &[Interface], region: Option<&str>) -> Result<String, IdentityError> {
    let wanted = Wanted { service: "placement", interfaces, region };
    wanted.find(&catalog()).map(String::from)
}

#[test]
fn interfaces_are_tried_in_order_within_the_region() {
    use Interface::{Admin, Internal, Public};
    assert_eq!(find(&[Internal, Public], None).unwrap(), "https://two/placement");
    assert_eq!(find(&[Public, Internal], None).unwrap(), "https://one/placement");
    assert_eq!(find(&[Internal, Public], Some("one")).unwrap(), "https://one/placement");
    assert_eq!(find(&[Admin], None).unwrap(), "https://none/placement");
}

#[test]
fn what_is_missing_is_named_beside_what_there_is() {
    let error = find(&[Interface::Internal], Some("three")).unwrap_err();
    assert_eq!(error.code(), Code::ConfigInvalid);
    assert_eq!(
        error.to_string(),
        "Keystone's catalogue has no endpoint of service placement, interface internal, region three; it has \
         admin without a region (https://none/placement), internal in region two (https://two/placement), \
         public in region one (https://one/placement)"
    );
    let wanted = Wanted { service: "compute", interfaces: &[Interface::Public], region: None };
    assert_eq!(
        wanted.find(&catalog()).unwrap_err().to_string(),
        "Keystone's catalogue has no endpoint of service compute, interface public, any region; it has service \
         identity, service placement"
    );
    assert!(wanted.find(&[]).unwrap_err().to_string().ends_with("it has none at all"));
}

#[test]
fn interfaces_are_read_in_both_spellings() {
    assert_eq!("internalURL".parse(), Ok(Interface::Internal));
    assert_eq!(" public ".parse(), Ok(Interface::Public));
    assert!("inside".parse::<Interface>().is_err());
}
