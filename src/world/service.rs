//! What is known of the files that we would have a service manager run: their roles and documents.

use crate::doc::DocId;
use crate::world::World;
use std::path::PathBuf;

/// What a file of ours is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The gateway's unit.
    Unit,
    /// The socket on which the manager listens for it.
    Socket,
    /// What we add to a unit that is not ours.
    DropIn,
    /// The gateway's property list.
    Plist,
    /// The unit of one run of the monitor.
    MonitorUnit,
    /// The timer that starts it.
    MonitorTimer,
    /// The monitor's property list.
    MonitorPlist,
    /// The monitor's button on the home screen of an Android phone.
    Widget,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Unit,
        Self::Socket,
        Self::DropIn,
        Self::Plist,
        Self::MonitorUnit,
        Self::MonitorTimer,
        Self::MonitorPlist,
        Self::Widget,
    ];

    /// Its permission bits: a script has to be run, the others are no secret.
    pub fn mode(self) -> u32 {
        if self == Self::Widget { 0o700 } else { 0o644 }
    }
}

/// Our files, there or not.
#[derive(Debug)]
pub struct ManagedFiles {
    /// The program that they start.
    pub program: PathBuf,
    /// Name of the gateway's unit, without `.service`.
    pub unit: String,
    /// Name of the monitor's unit, without `.service` and `.timer`.
    pub monitor: String,
    /// Label of the gateway's property list.
    pub label: String,
    /// Whether launchd runs services here.
    pub launchd: bool,
    /// Whether this is Termux, on an Android phone.
    pub termux: bool,
    /// One file for each [`Role`], in order.
    pub files: Vec<DocId>,
}

impl ManagedFiles {
    /// The file of a role.
    pub fn doc(&self, role: Role) -> DocId {
        self.files[role as usize]
    }
}

/// The label of the monitor beside that of the gateway.
pub(crate) fn monitor_label(gateway: &str) -> String {
    let stem = gateway.strip_suffix(".gateway").unwrap_or(gateway);
    format!("{stem}.monitor")
}

/// The permission bits of a file: those that it has, else those of its role.
pub(crate) fn mode(world: &World, doc: DocId, role: Role) -> u32 {
    world.doc(doc).stat.map_or(role.mode(), |stat| stat.mode)
}
