//! A bar in words: for those who hear a picture, and for a pointer that rests on it.

use super::{Bar, Part, Segment, Unit};

/// A sentence for each part, neighbours that are free in one: `Slots 0 to 1: 2g.10gb, GPU instance 3, no guest.`
pub(in crate::report) fn read_out(bar: &Bar) -> Vec<String> {
    let mut merged: Vec<Segment> = Vec::new();
    for segment in &bar.segments {
        match merged.last_mut() {
            Some(last) if last.part.is_none() && segment.part.is_none() => last.size += segment.size,
            _ => merged.push(segment.clone()),
        }
    }
    merged.iter().map(|segment| segment.words(bar.unit)).collect()
}

impl Segment {
    /// `Slots 3 to 7: free.`
    pub(in crate::report) fn words(&self, unit: Unit) -> String {
        let last = self.start.saturating_add(self.size).saturating_sub(1);
        let place = match unit {
            Unit::Slot if self.size == 1 => format!("Slot {}", self.start),
            Unit::Slot => format!("Slots {} to {last}", self.start),
            Unit::Mib => format!("{} MiB", self.size),
        };
        match &self.part {
            Some(part) => format!("{place}: {}.", part.words()),
            None => format!("{place}: free."),
        }
    }
}

impl Part {
    /// `1g.5gb, GPU instance 9, guest 6e0d4e1c-…`.
    pub(in crate::report) fn words(&self) -> String {
        let mut words = vec![self.name.clone()];
        words.extend(self.instance.clone());
        words.extend(match self.guests.as_deref() {
            None => None,
            Some([]) => Some("no guest".to_owned()),
            Some([guest]) => Some(format!("guest {}", guest.as_deref().unwrap_or("of unknown name"))),
            Some(guests) => {
                let names: Vec<&str> = guests.iter().flatten().map(String::as_str).collect();
                Some(format!("{} guests: {}", guests.len(), names.join(" and ")))
            }
        });
        words.extend(self.ill.as_ref().map(|ill| format!("not well: {ill}")));
        words.join(", ")
    }
}
