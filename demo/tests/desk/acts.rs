//! What people do in the stories: they ask, decide and work, through the desk itself.

use beffroi_demo::fill;
use beffroi_desk::approvals::{self, DecideError, Verdict};
use beffroi_desk::reading::{self, Folder, Request};
use beffroi_desk::work::{self, Step, WorkError};
use beffroi_desk::{DecideApprovals, ReadRequests, SubmitRequest, WorkRequests, drafts, submit};
use beffroi_kernel::{Access, Action, ApprovalId, DraftId, Permit, RequestId};
use beffroi_sheets::Answer;

use crate::ground::Ground;

impl Ground {
    /// A draft filled in so that it passes, then with these choices instead.
    pub async fn draft(&self, who: &Access, what: (&str, &str), choices: &[(&str, &str)]) -> DraftId {
        let school = who.functions.iter().find_map(|function| function.school).unwrap();
        let permit = who.permit::<SubmitRequest>().unwrap();
        let id = drafts::start(&self.desk, &permit, who, school, what.0, what.1).await.unwrap();
        let draft = drafts::open(&self.desk, &permit, who, id).await.unwrap();
        let today = self.db().now().date_naive();
        let mut answers = fill(draft.kind(), &draft.facts, today, "Salle 204, troisième rangée.").unwrap();
        answers.extend(choices.iter().map(|(id, choice)| ((*id).into(), Answer::Choice((*choice).into()))));
        drafts::put_answers(&self.desk, &draft, answers).await.unwrap();
        id
    }

    pub async fn send(&self, who: &Access, draft: DraftId) -> Result<String, submit::SubmitError> {
        submit::submit(&self.desk, &permit(who), who, draft).await
    }

    /// A request of that type, sent.
    pub async fn ask(&self, who: &Access, what: (&str, &str)) -> String {
        let draft = self.draft(who, what, &[]).await;
        self.send(who, draft).await.unwrap()
    }

    pub async fn seen(&self, who: &Access, reference: &str) -> Option<Folder> {
        reading::open(&self.desk, &permit::<ReadRequests>(who), who, reference).await.unwrap()
    }

    pub async fn folder(&self, who: &Access, reference: &str) -> Folder {
        self.seen(who, reference).await.unwrap()
    }

    pub async fn decide(
        &self,
        who: &Access,
        step: ApprovalId,
        verdict: Verdict,
    ) -> Result<Request, DecideError> {
        approvals::decide(&self.desk, &permit::<DecideApprovals>(who), who, step, verdict).await
    }

    pub async fn work(&self, who: &Access, id: RequestId, step: Step) -> Result<Request, WorkError> {
        work::work(&self.desk, &permit::<WorkRequests>(who), id, step).await
    }
}

pub fn permit<A: Action>(who: &Access) -> Permit<A> {
    who.permit().unwrap()
}

pub fn yes() -> Verdict {
    Verdict::Grant { password: None, shown: None, acknowledged: true }
}

pub fn no(reason: &str) -> Verdict {
    Verdict::Refuse { reason: reason.into() }
}

pub fn signed(password: &str) -> Verdict {
    Verdict::Grant { password: Some(password.into()), shown: None, acknowledged: true }
}
