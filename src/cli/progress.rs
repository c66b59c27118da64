//! Progress on stderr: a line that is rewritten on a terminal, one line per ten seconds elsewhere; and the interrupt
//! key, which ends the search with the best plan so far.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::terminal::Terminal;
use crate::solve;
use crate::units::Cost;

/// Set when the user pressed Ctrl-C.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Obeys Ctrl-C from now on: the first ends the search, the second the process.
pub fn obey_interrupts() {
    let on_interrupt = || {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    };
    // Only fails when a handler is there already: then that one is obeyed.
    let _ = ctrlc::set_handler(on_interrupt);
}

/// Has Ctrl-C been pressed?
#[must_use]
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// A run's clock and its progress line.
pub struct Progress {
    started: Instant,
    limit: Option<f64>,
    bar: Option<ProgressBar>,
    shown: Mutex<Shown>,
}

struct Shown {
    last_line: Instant,
    best: Option<i64>,
    bound: Option<i64>,
}

impl Progress {
    /// Starts the clock. `quiet` shows nothing.
    #[must_use]
    pub fn start(limit: Option<f64>, quiet: bool) -> Self {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        let now = Instant::now();
        // Quiet is a last line that lies far in the future.
        let last_line = if quiet { now + Duration::from_secs(1 << 30) } else { now };
        Self { started: now, limit, bar, shown: Mutex::new(Shown { last_line, best: None, bound: None }) }
    }

    /// Seconds since the start.
    #[must_use]
    pub fn elapsed(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Seconds left, 0 after an interrupt; `None` = as long as it takes.
    #[must_use]
    pub fn seconds_left(&self) -> Option<f64> {
        if interrupted() { Some(0.0) } else { self.limit.map(|limit| limit - self.elapsed()) }
    }

    /// A phase that has no search in it.
    pub fn phase(&self, phase: &str) {
        self.show(&format!("{phase} ..."));
    }

    /// The search goes on.
    pub fn search(&self, news: solve::Progress) {
        let Ok(mut shown) = self.shown.lock() else { return };
        shown.best = news.best.or(shown.best);
        shown.bound = news.bound.max(shown.bound);
        let mut text = news.phase.to_owned();
        if let Some(best) = shown.best {
            text += &format!(" | best {}", Cost(best));
        }
        if let Some(bound) = shown.bound {
            text += &format!(" | bound {}", Cost(bound));
        }
        if let (Some(best), Some(bound)) = (shown.best, shown.bound)
            && best > 0
        {
            text += &format!(" | gap {:.3} %", (best - bound).max(0) as f64 * 100.0 / best as f64);
        }
        drop(shown);
        self.show(&text);
    }

    fn show(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(text.to_owned());
            return;
        }
        let Ok(mut shown) = self.shown.lock() else { return };
        let now = Instant::now();
        if now.saturating_duration_since(shown.last_line) >= LINE_EVERY {
            shown.last_line = now;
            Terminal::default().note(&format!("{:6.1} s  {text}", self.elapsed()));
        }
    }

    /// Takes the line away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Greatest memory this process has had, where the system tells.
#[must_use]
pub fn peak_rss_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
