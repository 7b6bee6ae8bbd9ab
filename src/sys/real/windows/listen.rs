//! No manager of services hands a port over on Windows.

pub(super) fn handed_over() -> std::io::Result<Option<std::net::TcpListener>> {
    Ok(None)
}
