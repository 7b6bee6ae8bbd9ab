//! The table: providers, and below each what could serve it, in the order in which it is tried.

use crate::policy::resolve::{Candidate, Verdict};
use crate::policy::status::{AgentStatus, ProviderStatus};
use crate::report::human::StatusPage;
use crate::report::style::{Sign, Tone};
use crate::report::words;

/// Cells of a row.
const CELLS: usize = 5;

/// One candidate.
struct TableRow {
    sign: Sign,
    /// State word, name, kind, time left, place.
    cells: [String; CELLS],
    /// A few words on what becomes of it.
    note: String,
    chosen: bool,
    dim: bool,
}

impl StatusPage<'_> {
    /// The providers that matter, with their candidates.
    pub(super) fn table(&self, agent: &AgentStatus) -> String {
        let shown = agent.providers.iter().filter(|provider| self.is_shown(agent, provider));
        let groups: Vec<(String, Vec<TableRow>)> =
            shown.map(|provider| (self.title(agent, provider), self.rows(agent, provider))).collect();
        let rows = || groups.iter().flat_map(|(_, rows)| rows);
        let mut widths = [0; CELLS];
        for row in rows() {
            for (width, cell) in widths.iter_mut().zip(&row.cells) {
                *width = (*width).max(cell.chars().count());
            }
        }
        // Either all notes fit beside their rows, or each stands below its own.
        let start =
            LEAD + widths.iter().filter(|width| **width > 0).map(|width| width + GAP.len()).sum::<usize>();
        let inline = rows().all(|row| start + row.note.chars().count() <= self.style.width);
        let mut out = String::new();
        for (title, rows) in &groups {
            out.push_str(title);
            rows.iter().for_each(|row| out.push_str(&self.row(row, &widths, inline)));
        }
        out
    }

    fn title(&self, agent: &AgentStatus, provider: &ProviderStatus) -> String {
        let mut uses: Vec<&str> = Vec::new();
        for used in agent.needed_by(&provider.provider) {
            if !uses.contains(&used.role.label()) {
                uses.push(used.role.label());
            }
        }
        let uses = match (uses.is_empty(), provider.relevant) {
            (false, _) => format!("for {}", uses.join(", ")),
            (true, true) => "configured, but none of its models is in use".to_owned(),
            (true, false) => "not in use".to_owned(),
        };
        let id = self.labels.name(&provider.provider);
        let uses = self.style.wrapped(Tone::Quiet, &uses, id.chars().count() + 2, 2);
        format!("{}  {uses}\n", self.style.paint(Tone::Strong, &id))
    }

    fn rows(&self, agent: &AgentStatus, provider: &ProviderStatus) -> Vec<TableRow> {
        if !provider.resolution.candidates.is_empty() {
            let candidates = provider.resolution.candidates.iter();
            return candidates.map(|candidate| self.candidate(agent, provider, candidate)).collect();
        }
        let (sign, state, text) = match (provider.needs_none, provider.hidden) {
            (true, _) => (Sign::Good, "ok", "needs no credential"),
            (false, true) => (Sign::Unknown, "unknown", "not visible here"),
            (false, false) => (Sign::Bad, "missing", "no credential"),
        };
        let mut cells = [const { String::new() }; CELLS];
        (cells[0], cells[1]) = (state.to_owned(), text.to_owned());
        vec![TableRow { sign, cells, note: String::new(), chosen: false, dim: false }]
    }

    fn candidate(&self, agent: &AgentStatus, provider: &ProviderStatus, candidate: &Candidate) -> TableRow {
        let chosen = candidate.verdict == Verdict::Chosen;
        let cooling = provider.cooling_until(candidate, self.world.now).filter(|_| chosen);
        let (sign, state) = match cooling {
            Some(_) => (Sign::Soon, "cooling down"),
            None => self.words.state(candidate),
        };
        let credential = candidate.credential.as_ref();
        let place = match self.verbose {
            true => self.world.at(candidate.origin.doc, candidate.origin.loc),
            false => self.words.place(&agent.agent, candidate.origin.doc, candidate.origin.loc),
        };
        let cells = [
            state.to_owned(),
            self.labels.name(&candidate.name),
            credential.map_or("", |credential| words::kind(credential.kind)).to_owned(),
            credential.map_or_else(String::new, |credential| self.words.left(credential)),
            place,
        ];
        let note = match &candidate.verdict {
            Verdict::Chosen => cooling.map_or_else(String::new, |until| self.words.cooling(until)),
            _ => self.words.fate(candidate, &provider.resolution.order),
        };
        let wanted = provider.resolution.base().any(|base| base.name == candidate.name);
        let loud = chosen || (sign == Sign::Bad && wanted);
        TableRow { sign, cells: cells.map(|cell| self.style.text(&cell)), note, chosen, dim: !loud }
    }

    fn row(&self, row: &TableRow, widths: &[usize; CELLS], inline: bool) -> String {
        let tone = if row.dim { Tone::Quiet } else { Tone::Plain };
        let all = row.cells.iter().zip(widths).enumerate().skip(1).filter(|(_, (_, width))| **width > 0);
        let cells = all.map(|(at, (cell, width))| {
            let tone = if at == 1 && row.chosen { Tone::Strong } else { tone };
            self.style.paint(tone, cell) + &" ".repeat(width.saturating_sub(cell.chars().count()))
        });
        let sign = if row.dim { Tone::Quiet } else { row.sign.tone() };
        let mark = self.style.paint(sign, row.sign.mark());
        let state = self.style.paint(sign, &format!("{:<1$}", row.cells[0], widths[0]));
        let pointer = if row.chosen { "▸" } else { " " };
        let pointer = self.style.paint(Tone::Strong, pointer);
        let indent = LEAD + GAP.len() + widths[0];
        let note = self.style.wrapped(Tone::Quiet, &row.note, indent, indent);
        let beside = if inline { note.clone() } else { String::new() };
        let cells: Vec<String> = cells.chain([beside]).collect();
        let line = self.style.row(&cells, indent, indent);
        let mut out = format!("  {mark} {state}{GAP}{pointer} {line}").trim_end().to_owned();
        if !inline && !row.note.is_empty() {
            out.push_str(&format!("\n{}{note}", " ".repeat(indent)));
        }
        out.push('\n');
        out
    }
}

/// Between two cells.
const GAP: &str = "  ";

/// Columns that indent, sign and pointer take.
const LEAD: usize = 6;
