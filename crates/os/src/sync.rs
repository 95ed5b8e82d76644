//! Locks, atomics and threads of what is tested under every order of its steps.
//!
//! They are `parking_lot`'s and the standard library's. With the feature `shuttle` they are those of `shuttle`, which runs
//! threads one at a time and chooses who goes on at each of these calls: the same code then meets orders that a machine
//! would meet once in a year. They work in a test of `shuttle` alone then.

#[cfg(not(feature = "shuttle"))]
mod chosen {
    pub use parking_lot::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};
    pub use std::sync::atomic;
    pub use std::thread::sleep;
    pub use std::{thread, thread_local};
}

#[cfg(feature = "shuttle")]
mod chosen {
    pub use shuttle::sync::atomic;
    pub use shuttle::{thread, thread_local};
    pub use shuttle_parking_lot_impl::{
        Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard,
    };
    use std::time::{Duration, Instant};

    /// Lets others go on: time does not pass here.
    pub fn sleep(_: Duration) {
        thread::yield_now();
    }

    /// A condition variable, as `parking_lot`'s.
    #[derive(Debug, Default)]
    pub struct Condvar {
        waiters: shuttle::sync::Mutex<Waiters>,
        woken: shuttle::sync::Condvar,
    }

    #[derive(Debug, Default)]
    struct Waiters {
        count: usize,
        /// How many of them may go on.
        permits: usize,
    }

    /// How a wait with a deadline ended.
    #[derive(Debug, Clone, Copy)]
    pub struct WaitTimeoutResult(());

    impl WaitTimeoutResult {
        /// Always: time does not pass here, so a deadline is as soon as any other step.
        pub fn timed_out(&self) -> bool {
            true
        }
    }

    fn lock(waiters: &shuttle::sync::Mutex<Waiters>) -> shuttle::sync::MutexGuard<'_, Waiters> {
        waiters.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    impl Condvar {
        /// One that nobody waits for.
        pub fn new() -> Self {
            Self::default()
        }

        /// Lets go of the lock until it is woken.
        pub fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
            lock(&self.waiters).count += 1;
            MutexGuard::unlocked(guard, || {
                let mut waiters = lock(&self.waiters);
                while waiters.permits == 0 {
                    let waited = self.woken.wait(waiters);
                    waiters = waited.unwrap_or_else(std::sync::PoisonError::into_inner);
                }
                waiters.permits -= 1;
                waiters.count -= 1;
            });
        }

        /// Lets go of the lock for a while.
        pub fn wait_for<T>(&self, guard: &mut MutexGuard<'_, T>, _: Duration) -> WaitTimeoutResult {
            MutexGuard::unlocked(guard, thread::yield_now);
            WaitTimeoutResult(())
        }

        /// The same.
        pub fn wait_until<T>(
            &self,
            guard: &mut MutexGuard<'_, T>,
            _: Instant,
        ) -> WaitTimeoutResult {
            self.wait_for(guard, Duration::ZERO)
        }

        /// Wakes one who waits.
        pub fn notify_one(&self) -> bool {
            let mut waiters = lock(&self.waiters);
            let any = waiters.permits < waiters.count;
            if any {
                waiters.permits += 1;
                self.woken.notify_one();
            }
            any
        }

        /// Wakes all who wait.
        pub fn notify_all(&self) -> usize {
            let mut waiters = lock(&self.waiters);
            let asleep = waiters.count - waiters.permits;
            waiters.permits = waiters.count;
            self.woken.notify_all();
            asleep
        }
    }
}

pub use chosen::*;

/// Runs a test under so many random orders of its threads' steps; SURUS_ORDERS multiplies them. A failure prints the
/// order, which `shuttle::replay` takes.
#[cfg(feature = "shuttle")]
pub fn explore(orders: usize, test: impl Fn() + Send + Sync + 'static) {
    let times = std::env::var("SURUS_ORDERS").ok().and_then(|times| times.parse().ok());
    let orders = orders * times.unwrap_or(1);
    // Orders with few changes of the thread find other faults than those with very many.
    let test = std::sync::Arc::new(test);
    for depth in [2, 4] {
        let test = std::sync::Arc::clone(&test);
        shuttle::check_pct(move || test(), orders / 4, depth);
    }
    shuttle::check_random(move || test(), orders / 2);
}
