use std::path::PathBuf;
use std::time::Duration;

use crate::hardware::Watch;

/// In which what does happen is noticed, on a machine that has other work, too.
const PATIENCE: Duration = Duration::from_secs(10);
/// In which what does not happen would have been.
const MOMENT: Duration = Duration::from_millis(300);

#[test]
fn a_file_that_is_replaced_written_or_deleted_wakes_and_its_neighbours_do_not() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    runtime.block_on(async {
        let mut watch = Watch::new(&[path("host.toml")]).unwrap();
        std::fs::write(path("other.toml"), "x").unwrap();
        assert_eq!(woken(&mut watch, MOMENT).await, None);
        std::fs::write(path("host.toml"), "x").unwrap();
        assert_eq!(woken(&mut watch, PATIENCE).await, Some(path("host.toml")));
        std::fs::rename(path("other.toml"), path("host.toml")).unwrap();
        assert_eq!(woken(&mut watch, PATIENCE).await, Some(path("host.toml")));
        std::fs::remove_file(path("host.toml")).unwrap();
        assert_eq!(woken(&mut watch, PATIENCE).await, Some(path("host.toml")));
    });
}

async fn woken(watch: &mut Watch, within: Duration) -> Option<PathBuf> {
    tokio::time::timeout(within, watch.changed()).await.ok()
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _guard = runtime.enter();
    let error = Watch::new(&[PathBuf::from("/nonexistent/host.toml")]).unwrap_err();
    assert!(error.to_string().contains("/nonexistent"), "{error}");
}
