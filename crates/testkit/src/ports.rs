//! The ports of one process onto the world: its clock, its builds, its shelf. Any call may fail, take long, end the process, or
//! end in doubt.

use crate::builds;
use crate::marks::Mark;
use crate::plan::{manifest_of, reuse_key};
use crate::process::Process;
use crate::script::{Hosting, PortFault};
use crate::shelf;
use crate::world::World;
use async_trait::async_trait;
use domain_types::{BuildId, NodeId, ReleaseId, Sha256Digest, Timestamp};
use orchestrator::{BuiltArtifact, Failure, FailureKind, Stage, State};
use runtime::ports::{Begun, BuildBackend, BuildOrder, Clock, Recovered, ReleasePublisher, Unfinished};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Milliseconds that a stage, or a look at earlier outputs, takes at least in a world with an aim: people come in between.
const UNHURRIED_MILLISECONDS: u64 = 1_500;

/// Milliseconds between the begin of a build and the answer to whoever asked for it, in a world with an aim.
const ANSWER_MILLISECONDS: u64 = 3_000;

/// What a process sees of the world.
#[derive(Clone)]
pub(crate) struct Ports {
    pub(crate) world: Arc<World>,
    pub(crate) process: Arc<Process>,
}

#[async_trait]
impl Clock for Ports {
    fn now(&self) -> Timestamp {
        self.world.clock()
    }

    async fn wait_until(&self, due: Timestamp) {
        self.process.survives().await;
        self.world.wait_until(due).await;
        self.process.survives().await;
    }
}

/// A call that began, and what will be wrong with its end.
struct Call {
    fault: Option<PortFault>,
}

impl Ports {
    fn id(&self) -> (u32, u32) {
        (self.process.number, self.process.incarnation)
    }

    /// Begins a call. An error: it certainly has no effect.
    async fn enter(&self, what: &str, about: &str) -> Result<Call, Failure> {
        self.process.survives().await;
        let fault = self.world.with(|inner| {
            inner.tell(what, &[&self.process.owner(), about]);
            inner.port_fault()
        });
        let ordinary = self.world.draw.named(what).named(about).between(0, 400);
        let milliseconds = match fault {
            Some(PortFault::Slow(milliseconds)) => milliseconds.into(),
            Some(
                PortFault::DieBefore
                | PortFault::DieAfter
                | PortFault::Fails(_)
                | PortFault::UnknownBefore
                | PortFault::UnknownAfter,
            )
            | None => ordinary,
        };
        if milliseconds > 0 {
            self.world.sleep(milliseconds).await;
        }
        match fault {
            Some(PortFault::DieBefore) => self.process.kill(),
            Some(PortFault::Fails(kind)) => return Err(Failure::new(kind, format!("{what} fails here"))),
            Some(
                PortFault::DieAfter | PortFault::UnknownBefore | PortFault::UnknownAfter | PortFault::Slow(_),
            )
            | None => {}
        }
        self.process.survives().await;
        Ok(Call { fault })
    }

    /// Ends a call that had its effect.
    async fn leave(&self, call: &Call) {
        if call.fault == Some(PortFault::DieAfter) {
            self.world.with(|inner| inner.mark(Mark::DiedAfterEffect));
            self.process.kill();
        }
        self.process.survives().await;
    }

    /// A doubtful end, where the port can say so: before the effect, or after it.
    fn doubt(&self, call: &Call, when: PortFault) -> Result<(), Unfinished> {
        if call.fault == Some(when) && self.world.script.hosting == Hosting::Elsewhere {
            return Err(Unfinished::Unknown {
                reason: "no answer came".to_owned(),
            });
        }
        Ok(())
    }

    /// Where the script has an aim, nobody is in a hurry.
    async fn take_time(&self, milliseconds: u64) {
        if self.world.script.aim.is_some() {
            self.world.sleep(milliseconds).await;
            self.process.survives().await;
        }
    }

    /// A stage of a release, as far as the script lets it come; none if that cannot be told.
    async fn stage(&self, stage: Stage, release: Option<&ReleaseId>) -> Result<Call, Failure> {
        let what = match stage {
            Stage::Sources => "lay out sources",
            Stage::Collect => "collect",
            Stage::Verify => "verify",
            Stage::Draft => "draft",
            Stage::Publish => "publish",
        };
        // Whose sources, and what is collected, is not asked: the same names as ever, for the same durations.
        let about = match stage {
            Stage::Sources | Stage::Collect => "",
            Stage::Verify | Stage::Draft | Stage::Publish => release.map_or("", ReleaseId::as_str),
        };
        let call = self.enter(what, about).await?;
        self.take_time(UNHURRIED_MILLISECONDS).await;
        shelf::trouble(&self.world, stage, release)?;
        Ok(call)
    }

    /// A call whose effect is idempotent.
    async fn simple(&self, what: &str, about: &str) -> Result<Call, Failure> {
        self.enter(what, about).await
    }
}

#[async_trait]
impl BuildBackend for Ports {
    async fn lay_out_sources(
        &self,
        _release: &ReleaseId,
        _built: &BTreeMap<NodeId, Vec<BuiltArtifact>>,
    ) -> Result<(), Unfinished> {
        let call = self.stage(Stage::Sources, None).await?;
        self.leave(&call).await;
        Ok(())
    }

    fn reuse_key(&self, order: &BuildOrder) -> Result<Sha256Digest, Failure> {
        Ok(reuse_key(&order.build.node, &order.commit, &order.needs))
    }

    async fn take_earlier(&self, order: &BuildOrder, _artifacts: &[BuiltArtifact]) -> bool {
        self.process.survives().await;
        self.take_time(UNHURRIED_MILLISECONDS).await;
        let still_there = self
            .world
            .draw
            .named("kept")
            .named(order.build.node.repository.as_str())
            .percent(80);
        if still_there {
            builds::take(&self.world, order);
        }
        still_there
    }

    async fn prepare(&self, order: &BuildOrder) -> Result<String, Failure> {
        let call = self.simple("prepare", &order.build.to_string()).await?;
        if self.world.script.hosting == Hosting::Own {
            for attempt in 1..order.build.attempt {
                let earlier = BuildId {
                    attempt,
                    ..order.build.clone()
                };
                builds::stop(&self.world, &earlier);
            }
        }
        self.leave(&call).await;
        Ok(format!("handle of {}", order.build))
    }

    async fn begin(&self, order: &BuildOrder) -> Result<Begun, Unfinished> {
        let call = self.enter("begin", &order.build.to_string()).await?;
        self.doubt(&call, PortFault::UnknownBefore)?;
        let begun = builds::begin(&self.world, order, self.id());
        self.take_time(ANSWER_MILLISECONDS).await;
        self.leave(&call).await;
        self.doubt(&call, PortFault::UnknownAfter)?;
        Ok(begun)
    }

    async fn recover(&self, order: &BuildOrder, handle: &str) -> Result<Recovered, Failure> {
        let call = self.enter("recover", &order.build.to_string()).await?;
        assert_eq!(
            handle,
            format!("handle of {}", order.build),
            "another build's handle"
        );
        if builds::look_fails(&self.world, &order.build) {
            return Err(Failure::new(FailureKind::Network, "nobody can see it"));
        }
        let recovered = builds::recover(&self.world, order);
        self.world.with(|inner| {
            inner.tell("recovered", &[&format!("{recovered:?}")]);
            match &recovered {
                Recovered::NotBegun => inner.mark(Mark::DoubtNotApplied),
                Recovered::Alive(_) => inner.mark(Mark::DoubtApplied),
                Recovered::Ended(_) => {
                    inner.mark(Mark::Adopted);
                    inner.oracle.rights.adopted(&self.process.owner(), &order.build);
                }
                Recovered::Interrupted => {}
            }
        });
        self.leave(&call).await;
        Ok(recovered)
    }

    async fn stop(&self, build: &BuildId) -> Result<(), Failure> {
        let call = self.simple("stop", &build.to_string()).await?;
        if self.world.script.hosting == Hosting::Elsewhere {
            self.world.with(|inner| {
                let checked = inner.oracle.check_stop(&inner.builds, build);
                inner.check(checked);
            });
        }
        builds::stop(&self.world, build);
        self.leave(&call).await;
        Ok(())
    }

    async fn stop_all(&self) -> Vec<BuildId> {
        self.process.survives().await;
        match self.world.script.hosting {
            Hosting::Elsewhere => Vec::new(),
            Hosting::Own => builds::stop_children(&self.world, self.id()),
        }
    }
}

#[async_trait]
impl ReleasePublisher for Ports {
    async fn collect(&self, state: &State) -> Result<Sha256Digest, Unfinished> {
        let spec = state
            .spec()
            .ok_or_else(|| Failure::new(FailureKind::Unknown, "no plan"))?;
        let call = self.stage(Stage::Collect, Some(&spec.id)).await?;
        let built = state
            .nodes()
            .filter_map(|(fixed, node)| Some((&fixed.id, node.output.as_ref()?)));
        let manifest = manifest_of(spec, built);
        shelf::collect(&self.world, &spec.id, manifest);
        self.leave(&call).await;
        Ok(manifest)
    }

    async fn verify(&self, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Unfinished> {
        let call = self.stage(Stage::Verify, Some(release)).await?;
        let verified = shelf::verify(&self.world, release, manifest);
        self.leave(&call).await;
        Ok(verified?)
    }

    async fn draft(&self, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Unfinished> {
        let call = self.stage(Stage::Draft, Some(release)).await?;
        let drafted = shelf::draft(&self.world, release, manifest);
        self.leave(&call).await;
        Ok(drafted?)
    }

    async fn publish(&self, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Unfinished> {
        let call = self.stage(Stage::Publish, Some(release)).await?;
        self.doubt(&call, PortFault::UnknownBefore)
            .inspect_err(|_| self.publish_in_doubt())?;
        shelf::publish(&self.world, release, manifest)?;
        if call.fault == Some(PortFault::DieAfter) {
            self.world.with(|inner| inner.mark(Mark::DiedPublishing));
        }
        self.leave(&call).await;
        self.doubt(&call, PortFault::UnknownAfter)
            .inspect_err(|_| self.publish_in_doubt())
    }

    async fn published(&self, release: &ReleaseId) -> Result<Option<Sha256Digest>, Failure> {
        let call = self
            .simple("look for what is published", release.as_str())
            .await?;
        let published = self.world.with(|inner| inner.shelf.published(release));
        self.leave(&call).await;
        Ok(published)
    }

    async fn discard(&self, release: &ReleaseId) -> Result<(), Failure> {
        let call = self.simple("discard", release.as_str()).await?;
        shelf::discard(&self.world, release);
        self.leave(&call).await;
        Ok(())
    }
}

impl Ports {
    fn publish_in_doubt(&self) {
        self.world.with(|inner| inner.mark(Mark::PublishInDoubt));
    }
}
