//! What this host's nova-compute says about itself: the identity of its compute node, and the name under
//! which libvirt reports it.

mod compute_id;
mod fqdn;

pub use compute_id::{ComputeIdError, DEFAULT_COMPUTE_ID, read_compute_id};
pub use fqdn::host_fqdn;
