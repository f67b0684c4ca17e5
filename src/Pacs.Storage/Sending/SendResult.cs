using Pacs.Dicom.Messages;

namespace Pacs.Storage.Sending;

/// <summary>How the sending of one object ended.</summary>
/// <param name="Outcome">In one word.</param>
/// <param name="Status">The peer's answer; null when it was not asked.</param>
/// <param name="Message">For a person; empty on success.</param>
public sealed record SendResult(SendOutcome Outcome, DimseStatus? Status = null, string Message = "")
{
    /// <summary>It was deleted before its turn came.</summary>
    public static SendResult Gone { get; } = new(SendOutcome.Refused, null, "No longer in the archive");

    public bool IsSent => Outcome is SendOutcome.Sent or SendOutcome.SentWithWarning;

    /// <summary>
    /// What a C-STORE response means for the sender (PS3.4 Table B.2-1). Lack of resources passes; a general processing
    /// failure is most often one too (a database that is away). What concerns the object itself does not.
    /// </summary>
    public static SendResult Of(CommandSet response) => Of(response.Status, response.ErrorComment);

    /// <inheritdoc cref="Of(CommandSet)"/>
    /// <param name="status">The peer's answer: STOW-RS gives its reasons by the same numbers (PS3.18 Table I.2-2).</param>
    /// <param name="comment">What it says of it; null for nothing.</param>
    public static SendResult Of(DimseStatus status, string? comment = null)
    {
        var outcome = status.Category switch
        {
            StatusCategory.Success => SendOutcome.Sent,
            StatusCategory.Warning => SendOutcome.SentWithWarning,
            _ when status.IsTransient => SendOutcome.NotNow,
            _ => SendOutcome.Refused,
        };
        var message = outcome == SendOutcome.Sent ? "" : comment is not null ? $"{status}: {comment}" : status.ToString();
        return new SendResult(outcome, status, message);
    }
}
