using Pacs.Api.Errors;
using Pacs.Api.Negotiation;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Commitments;

namespace Pacs.Api.Commitments;

/// <summary>
/// Storage commitment by DICOMweb, on the engine that serves DIMSE: the request is on the disk before anything is looked at. It
/// is answered with the result when that is there soon; otherwise a job goes on, and the client asks again.
/// </summary>
internal sealed class CommitmentTransactions(CommitmentService commitments, TimeProvider time, IHostApplicationLifetime host)
{
    private const string RetryAfterSeconds = "5";

    /// <summary>How long a request is kept waiting for its result.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>PS3.18 §13.4.</summary>
    public async Task RequestAsync(HttpContext context, string transaction)
    {
        var form = Form(context.Request, transaction);
        var references = await CommitmentBody.ReadAsync(context.Request);
        var accepted = await commitments.BeginAsync(new CommitmentRequest(CommitmentService.WebRequester, "", transaction, references), context.RequestAborted);
        var commitment = accepted.Commitment ?? throw ApiException.Conflict("This Transaction UID is in use for other instances: take a new one.");
        var isDone = await VerifyAsync(commitment, context.RequestAborted);
        if (!isDone) await commitments.HandOverAsync(commitment, CancellationToken.None);
        await AnswerAsync(context, form, commitment, isDone);
    }

    /// <summary>PS3.18 §13.5.</summary>
    public async Task CheckAsync(HttpContext context, string transaction)
    {
        var form = Form(context.Request, transaction);
        var commitment = await commitments.FindAsync(CommitmentService.WebRequester, transaction, context.RequestAborted)
            ?? throw ApiException.NotFound("Nobody asked for storage commitment under this Transaction UID: POST the request here.");
        await AnswerAsync(context, form, commitment, commitment.VerifiedAt is not null);
    }

    private static DatasetForm Form(HttpRequest request, string transaction)
    {
        if (!Uid.IsAcceptable(transaction)) throw ApiException.BadRequest($"The Transaction UID in the path is no UID: 1 to {Uid.MaxLength} digits and dots.");
        return DatasetForm.OfOne(request);
    }

    /// <returns>False when it takes too long, or the job has begun.</returns>
    private async Task<bool> VerifyAsync(Commitment commitment, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        while (time.GetElapsedTime(began) < Patience && !host.ApplicationStopping.IsCancellationRequested)
        {
            if (!await commitments.VerifyNextAsync(commitment.Id, cancellation)) return true;
            if (!await commitments.KeepAsync(commitment, cancellation)) return false;
        }
        return false;
    }

    private async Task AnswerAsync(HttpContext context, DatasetForm form, Commitment commitment, bool isDone)
    {
        var objects = isDone ? await commitments.ListObjectsAsync(commitment.Id, 0, CommitmentService.MaxReferences, context.RequestAborted) : [];
        // Asked for again meanwhile, they are looked at again.
        if (!isDone || !objects.All(o => o.IsCommitted || o.Failure is not null))
        {
            context.Response.StatusCode = StatusCodes.Status202Accepted;
            context.Response.Headers.RetryAfter = RetryAfterSeconds;
            return;
        }
        if (commitment.ReportedAt is null) await commitments.ReportedAsync(commitment, context.RequestAborted);
        await DatasetAnswerWriter.WriteOneAsync(context.Response, form, CommitmentResult.Of(objects), context.RequestAborted);
    }
}
