//! Whoever sets the host's clock changes nothing: only the monotonic one is looked at.

use std::path::Path;

/// Ways to ask what time it is on the wall.
const WALL: &[&str] = &["SystemTime", "UNIX_EPOCH", "Timestamp::now", "Zoned::now"];

/// Rooms that wait, count or compare times. `identity` reads two times that Keystone wrote, and compares them
/// with each other alone.
const ROOMS: &[&str] =
    &["model", "geometry", "planner", "reconciler", "placement", "identity", "hardware", "nova", "telemetry"];

#[test]
fn nothing_goes_by_the_time_on_the_wall() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut looked_at = 0;
    for room in ROOMS {
        let mut folders = vec![source.join(room)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let wall = WALL.iter().find(|way| text.contains(**way));
                    assert_eq!(wall, None, "{}", path.display());
                    looked_at += 1;
                }
            }
        }
    }
    assert!(looked_at > 50, "only {looked_at} files");
}
