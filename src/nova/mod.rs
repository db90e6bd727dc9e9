//! What this host's nova-compute says about itself: the identity of its compute node, the name under which
//! libvirt reports it, its configuration, what Nova knows of its guests; and the flavors of the cloud.

mod compute_api;
mod compute_id;
mod devices;
mod domains;
mod flavors;
mod fqdn;
pub mod oslo;
mod servers;
mod told;

pub use compute_id::{ComputeIdError, DEFAULT_COMPUTE_ID, read_compute_id};
pub use devices::read_devices;
pub use domains::read_domains;
pub use flavors::flavors;
pub use fqdn::host_fqdn;
pub use servers::servers;
pub use told::told;
