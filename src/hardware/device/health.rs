//! How a GPU is doing. One question for all of it; what a driver does not answer as a field is asked by name.
//! Nothing here blinds: a GPU whose health cannot be read can be cut all the same.

use super::{Gone, Reading};
use crate::hardware::nvml::field_id::*;
use crate::hardware::nvml::{Answer, CallError, Field};
use crate::model::{PageRetirement, RecoveryAction, RowRemapping};

/// What is asked for at once.
const FIELDS: [u32; 11] = [
    NVML_FI_DEV_ECC_CURRENT,
    NVML_FI_DEV_ECC_DBE_VOL_TOTAL,
    NVML_FI_DEV_ECC_DBE_AGG_TOTAL,
    NVML_FI_DEV_REMAPPED_COR,
    NVML_FI_DEV_REMAPPED_UNC,
    NVML_FI_DEV_REMAPPED_PENDING,
    NVML_FI_DEV_REMAPPED_FAILURE,
    NVML_FI_DEV_RETIRED_SBE,
    NVML_FI_DEV_RETIRED_DBE,
    NVML_FI_DEV_RETIRED_PENDING,
    NVML_FI_DEV_GET_GPU_RECOVERY_ACTION,
];

/// What became of a field.
enum Told {
    Value(u64),
    /// The GPU has no such figure.
    Absent,
    /// The driver does not know the field, or failed at it: the call of that name may know more.
    Unknown,
}

impl Reading<'_> {
    pub(super) fn health(&mut self) -> Result<(), Gone> {
        let fields = match self.handle.fields(&FIELDS) {
            Ok(fields) if fields.len() == FIELDS.len() => fields,
            Ok(fields) => {
                let answer = Answer::Nonsense(format!("{} values for {} fields", fields.len(), FIELDS.len()));
                self.note(CallError { call: "nvmlDeviceGetFieldValues", answer }.missing())?;
                Vec::new()
            }
            Err(error) => {
                self.figure::<()>(Err(error))?;
                Vec::new()
            }
        };
        for (id, field) in FIELDS.iter().zip(&fields) {
            if let Field::Code(15) = field {
                let answer = Answer::GPU_IS_LOST;
                return self.note(CallError { call: "nvmlDeviceGetFieldValues", answer }.missing());
            }
            if let Field::Type(kind) = field {
                let answer = Answer::Nonsense(format!("field {id} has a value of type {kind}"));
                self.note(CallError { call: "nvmlDeviceGetFieldValues", answer }.missing())?;
            }
        }
        let told = |wanted: u32| {
            let position = FIELDS.iter().position(|id| *id == wanted);
            match position.and_then(|position| fields.get(position)) {
                Some(Field::Value(value)) => Told::Value(*value),
                Some(Field::Code(code)) if Answer::Code(*code) == Answer::NOT_SUPPORTED => Told::Absent,
                _ => Told::Unknown,
            }
        };
        let value = |wanted| match told(wanted) {
            Told::Value(value) => Some(value),
            Told::Absent | Told::Unknown => None,
        };
        let health = &mut self.gpu.health;
        health.recovery = value(NVML_FI_DEV_GET_GPU_RECOVERY_ACTION).map(recovery);
        health.retirement = match (value(NVML_FI_DEV_RETIRED_SBE), value(NVML_FI_DEV_RETIRED_DBE)) {
            (Some(single_bit), Some(double_bit)) => {
                let pending = value(NVML_FI_DEV_RETIRED_PENDING).is_some_and(|pending| pending != 0);
                Some(PageRetirement { single_bit, double_bit, pending })
            }
            _ => None,
        };
        self.gpu.health.ecc = match told(NVML_FI_DEV_ECC_CURRENT) {
            Told::Value(mode) => Some(mode != 0),
            Told::Absent => None,
            Told::Unknown => self.figure(self.handle.ecc())?,
        };
        if self.gpu.health.ecc == Some(true) {
            self.gpu.health.uncorrectable_volatile = match told(NVML_FI_DEV_ECC_DBE_VOL_TOTAL) {
                Told::Value(errors) => Some(errors),
                Told::Absent => None,
                Told::Unknown => self.figure(self.handle.uncorrectable_errors(false))?,
            };
            self.gpu.health.uncorrectable_aggregate = match told(NVML_FI_DEV_ECC_DBE_AGG_TOTAL) {
                Told::Value(errors) => Some(errors),
                Told::Absent => None,
                Told::Unknown => self.figure(self.handle.uncorrectable_errors(true))?,
            };
        }
        let rows = [
            told(NVML_FI_DEV_REMAPPED_COR),
            told(NVML_FI_DEV_REMAPPED_UNC),
            told(NVML_FI_DEV_REMAPPED_PENDING),
            told(NVML_FI_DEV_REMAPPED_FAILURE),
        ];
        self.gpu.health.remapping = match rows {
            [
                Told::Value(correctable),
                Told::Value(uncorrectable),
                Told::Value(pending),
                Told::Value(failed),
            ] => Some(RowRemapping {
                correctable: u32::try_from(correctable).unwrap_or(u32::MAX),
                uncorrectable: u32::try_from(uncorrectable).unwrap_or(u32::MAX),
                pending: pending != 0,
                failed: failed != 0,
            }),
            rows if rows.iter().any(|row| matches!(row, Told::Unknown)) => self.remapped_rows()?,
            _ => None,
        };
        Ok(())
    }

    fn remapped_rows(&mut self) -> Result<Option<RowRemapping>, Gone> {
        Ok(self.figure(self.handle.remapped_rows())?.map(|rows| RowRemapping {
            correctable: rows.correctable,
            uncorrectable: rows.uncorrectable,
            pending: rows.pending != 0,
            failed: rows.failed != 0,
        }))
    }
}

fn recovery(number: u64) -> RecoveryAction {
    match number {
        0 => RecoveryAction::None,
        1 => RecoveryAction::Reset,
        2 => RecoveryAction::Reboot,
        3 => RecoveryAction::DrainPeers,
        4 => RecoveryAction::DrainAndReset,
        5 => RecoveryAction::RecoverImex,
        6 => RecoveryAction::BusReset,
        7 => RecoveryAction::SystemReboot,
        other => RecoveryAction::Other(u32::try_from(other).unwrap_or(u32::MAX)),
    }
}
