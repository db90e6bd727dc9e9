//! The note of XID events: what drivers forget and a restart of this program must not. It belongs to one boot
//! of the host, since a reboot resets every GPU.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::{GpuInstanceId, PciAddress, Xid, XidRecord};

/// Made anew by the kernel at every boot.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// The note's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthNote {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Written {
    boot_id: String,
    gpus: BTreeMap<String, WrittenGpu>,
}

#[derive(Serialize, Deserialize)]
struct WrittenGpu {
    uuid: Option<String>,
    uncorrectable_ecc: Option<u64>,
    xids: Vec<WrittenXid>,
}

#[derive(Serialize, Deserialize)]
struct WrittenXid {
    code: u32,
    gpu_instance: Option<u32>,
}

impl HealthNote {
    /// The note in that folder.
    pub fn new(folder: &Path) -> Self {
        HealthNote { path: folder.join("health.json") }
    }

    /// What was noted since the host booted; nothing where there is no note, or it is of an earlier boot.
    ///
    /// # Errors
    ///
    /// It is there and cannot be read, or makes no sense.
    pub fn read(&self) -> io::Result<BTreeMap<PciAddress, XidRecord>> {
        let text = match std::fs::read_to_string(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            read => read.map_err(|error| self.about(error))?,
        };
        let nonsense = |error: String| self.about(io::Error::new(io::ErrorKind::InvalidData, error));
        let written: Written = serde_json::from_str(&text).map_err(|error| nonsense(error.to_string()))?;
        if written.boot_id != boot_id() {
            return Ok(BTreeMap::new());
        }
        let record = |(address, gpu): (String, WrittenGpu)| {
            let xid = |xid: WrittenXid| {
                let instance = xid.gpu_instance.map(GpuInstanceId::new);
                Xid { code: xid.code, instance }
            };
            let xids = gpu.xids.into_iter().map(xid).collect();
            let address =
                address.parse().map_err(|error: crate::model::ParseError| nonsense(error.to_string()))?;
            Ok((address, XidRecord { xids, uuid: gpu.uuid, uncorrectable: gpu.uncorrectable_ecc }))
        };
        written.gpus.into_iter().map(record).collect()
    }

    /// Replaces it whole.
    ///
    /// # Errors
    ///
    /// The folder cannot be written.
    pub fn write(&self, gpus: &BTreeMap<PciAddress, XidRecord>) -> io::Result<()> {
        let gpu = |record: &XidRecord| WrittenGpu {
            uuid: record.uuid.clone(),
            uncorrectable_ecc: record.uncorrectable,
            xids: record
                .xids
                .iter()
                .map(|xid| WrittenXid { code: xid.code, gpu_instance: xid.instance.map(GpuInstanceId::get) })
                .collect(),
        };
        let gpus = gpus.iter().map(|(address, record)| (address.to_string(), gpu(record))).collect();
        let text = serde_json::to_string_pretty(&Written { boot_id: boot_id(), gpus })?;
        let new = self.path.with_extension("json.new");
        std::fs::write(&new, text)
            .and_then(|()| std::fs::rename(&new, &self.path))
            .map_err(|error| self.about(error))
    }

    fn about(&self, error: io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{}: {error}", self.path.display()))
    }
}

/// Empty where the kernel does not tell: then every note is of this boot.
fn boot_id() -> String {
    std::fs::read_to_string(BOOT_ID).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note() -> (tempfile::TempDir, HealthNote) {
        let folder = tempfile::tempdir().unwrap();
        let note = HealthNote::new(folder.path());
        (folder, note)
    }

    fn some() -> BTreeMap<PciAddress, XidRecord> {
        let instance = Some(GpuInstanceId::new(3));
        let xids = [Xid { code: 79, instance: None }, Xid { code: 62, instance }].into();
        let record = XidRecord { xids, uuid: Some("GPU-1".to_owned()), uncorrectable: Some(4) };
        [("0000:41:00.0".parse().unwrap(), record)].into()
    }

    #[test]
    fn what_is_written_is_read_in_this_boot_alone() {
        let (folder, note) = note();
        assert_eq!(note.read().unwrap(), BTreeMap::new());
        note.write(&some()).unwrap();
        assert_eq!(note.read().unwrap(), some());
        let path = folder.path().join("health.json");
        let earlier = std::fs::read_to_string(&path).unwrap().replace(&boot_id(), "another-boot");
        std::fs::write(&path, earlier).unwrap();
        assert_eq!(note.read().unwrap(), BTreeMap::new());
    }

    #[test]
    fn a_note_that_makes_no_sense_is_named() {
        let (folder, note) = note();
        for text in ["", "{}", "\u{0}", r#"{"boot_id": 1}"#] {
            std::fs::write(folder.path().join("health.json"), text).unwrap();
            let error = note.read().unwrap_err();
            assert!(error.to_string().contains("health.json: "), "{error}");
        }
        note.write(&some()).unwrap();
        let wrong =
            std::fs::read_to_string(folder.path().join("health.json")).unwrap().replace("0000:41", "x");
        std::fs::write(folder.path().join("health.json"), wrong).unwrap();
        assert!(note.read().unwrap_err().to_string().contains("PCI address"));
        let nowhere = HealthNote::new(&folder.path().join("absent"));
        assert!(nowhere.write(&some()).unwrap_err().to_string().contains("absent"));
    }
}
