using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Peers;

namespace Pacs.Storage.Remote;

/// <summary>Another archive does not do what it is asked. The message tells a person what to do; it has no patient data.</summary>
public sealed class RemoteArchiveException(RemoteFault fault, string message, int? status = null, Exception? inner = null) : Exception(message, inner)
{
    public RemoteFault Fault { get; } = fault;

    /// <summary>DIMSE or HTTP status; null when there was none.</summary>
    public int? Status { get; } = status;

    /// <summary>So for every job until it passes, or a person mends it: also where the peer knows one of the names not, which a search calls a refusal.</summary>
    public bool IsPeerAway => Fault == RemoteFault.Away || (Fault == RemoteFault.Refused && InnerException is AssociationRejectedException rejected && PeerConnector.IsAway(rejected));

    /// <summary>A final DIMSE status that is neither success nor cancel.</summary>
    internal static RemoteArchiveException Of(CommandSet final) => new(
        IsLasting(final.Status) ? RemoteFault.Refused : RemoteFault.Failed,
        final.ErrorComment is { } comment ? $"{final.Status}: {comment}" : final.Status.ToString(),
        final.Status.Value);

    /// <param name="e">What ended the association.</param>
    /// <param name="wasOpen">It had been accepted before.</param>
    internal static RemoteArchiveException Of(AssociationException e, bool wasOpen) => new(
        wasOpen ? RemoteFault.Failed : e is AssociationRejectedException { Rejection.IsTransient: false } or AssociationSecurityException ? RemoteFault.Refused : RemoteFault.Away,
        e.Message,
        inner: e);

    internal static RemoteArchiveException Of(DicomWebException e) => new(
        e.Failure switch { DicomWebFailure.Away => RemoteFault.Away, DicomWebFailure.Refused => RemoteFault.Refused, _ => RemoteFault.Failed },
        e.Message,
        e.Status,
        e);

    /// <summary>The same request will be answered the same way: what is asked does not fit, or this archive may not.</summary>
    internal static bool IsLasting(DimseStatus status) =>
        status.Value is >= 0xA800 and <= 0xA9FF || status == DimseStatus.SopClassNotSupported || status == DimseStatus.NotAuthorized || status == DimseStatus.UnrecognizedOperation;
}
