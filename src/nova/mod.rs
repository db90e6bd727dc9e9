//! What this host's nova-compute says about itself: the identity of its compute node, the name under which
//! libvirt reports it, and its configuration.

mod compute_id;
mod fqdn;
pub mod oslo;

pub use compute_id::{ComputeIdError, DEFAULT_COMPUTE_ID, read_compute_id};
pub use fqdn::host_fqdn;
