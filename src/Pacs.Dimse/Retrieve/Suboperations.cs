using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Sending;

namespace Pacs.Dimse.Retrieve;

/// <summary>The counts of a retrieve, and what they come to (PS3.4 §C.4.2.1.6–9, §C.4.3.1.5–8).</summary>
internal sealed class Suboperations(int total)
{
    // The value field of an explicit UI is 16 bits long (PS3.5 §7.1.2).
    private const int MaxFailedListLength = 65534;

    private readonly List<string> _failed = [];
    private int _failedListLength;

    /// <summary>Why there may be more than is counted here; null when there is not.</summary>
    public string? Missing { get; init; }

    public int Completed { get; private set; }
    public int Warning { get; private set; }
    public int Failed { get; private set; }
    public int Remaining => total - Completed - Warning - Failed;

    /// <summary>What went wrong first, for the Error Comment.</summary>
    public string? FirstFailure { get; private set; }

    public void Add(string sopInstanceUid, SendResult result)
    {
        switch (result.Outcome)
        {
            case SendOutcome.Sent: Completed++; break;
            case SendOutcome.SentWithWarning: Warning++; break;
            default: Fail(sopInstanceUid, result.Message); break;
        }
    }

    public void Fail(string sopInstanceUid, string message)
    {
        FirstFailure ??= message;
        Failed++;
        _failedListLength += sopInstanceUid.Length + 1;
        if (_failedListLength <= MaxFailedListLength) _failed.Add(sopInstanceUid);
    }

    public CommandSet Pending(CommandSet request)
    {
        var response = Counted(request, DimseStatus.Pending);
        response.RemainingSuboperations = Count(Remaining);
        return response;
    }

    public CommandSet Cancelled(CommandSet request)
    {
        var response = Counted(request, DimseStatus.Cancel);
        response.RemainingSuboperations = Count(Remaining);
        return response;
    }

    /// <summary>Success when nothing went wrong; failure when nothing arrived; a warning in between, and where there may be more.</summary>
    public CommandSet Final(CommandSet request)
    {
        var status = Failed == 0 && Warning == 0 && Missing is null ? DimseStatus.Success
            : Completed + Warning == 0 ? DimseStatus.UnableToPerformSuboperations
            : DimseStatus.SuboperationsWithFailures;
        var response = Counted(request, status);
        response.ErrorComment = FirstFailure ?? Missing;
        return response;
    }

    /// <summary>Failed SOP Instance UID List, which is there only when something failed.</summary>
    public DicomDataset? FailedList() => Failed == 0 ? null : new DicomDataset().Set(Tags.FailedSOPInstanceUIDList, Vr.UI, [.. _failed]);

    private CommandSet Counted(CommandSet request, DimseStatus status)
    {
        var response = request.Response(status);
        response.CompletedSuboperations = Count(Completed);
        response.FailedSuboperations = Count(Failed);
        response.WarningSuboperations = Count(Warning);
        return response;
    }

    // US ends at 65,535; a longer retrieve counts on without saying so.
    private static ushort Count(int count) => (ushort)Math.Min(count, ushort.MaxValue);
}
