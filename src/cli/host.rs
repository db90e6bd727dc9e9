//! This host, or one that was recorded: what its hardware is, and what Nova is told there.

use std::path::Path;

use super::context;
use crate::config::Settings;
use crate::hardware::Case;
use crate::model::{Finding, HostSnapshot, NovaView};
use crate::nova::read_devices;

/// What this host's Nova is told is nothing to a host that was recorded elsewhere.
pub(super) async fn read(
    settings: &Settings,
    replay: Option<&Path>,
) -> Result<(HostSnapshot, NovaView), Finding> {
    match replay {
        None => Ok((context::scan(settings).await?, read_devices(&settings.nova))),
        Some(folder) => {
            let case = Case::read(folder).map_err(|error| error.finding())?;
            Ok((case.replay().map_err(|error| error.finding())?, NovaView::default()))
        }
    }
}
