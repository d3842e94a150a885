//! `beffroi`: the service catalogue of a Region, executed.

use std::process::ExitCode;

use beffroi_app::command::{Cli, run};
use beffroi_db::reach::{self, Why};
use clap::Parser;
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Bytes of a worker's stack: an unoptimised build keeps each step of a page within a page on it, and what is not
/// used costs nothing.
const STACK: usize = 8 * 1024 * 1024;

fn main() -> ExitCode {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = match builder.thread_stack_size(STACK).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("Erreur : {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(reach::everything(Why::Command, run(Cli::parse()))) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("Erreur : {error}");
            ExitCode::FAILURE
        }
    }
}
