using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Net;

/// <summary>Performs the operations of some SOP classes. One instance serves all associations, each on its own thread.</summary>
public interface IDimseService
{
    /// <summary>What it is called in access policies. Empty for one that no policy speaks of.</summary>
    string Name => "";

    /// <summary>What is negotiated for it. No two services of a listener share an abstract syntax.</summary>
    IReadOnlyList<ServiceContext> Contexts { get; }

    /// <summary>What is accepted for an abstract syntax that no service lists: private SOP classes, and those that are newer than this program. Null for nothing.</summary>
    /// <param name="abstractSyntax">As proposed.</param>
    /// <param name="related">What the requestor says it is a kind of (PS3.7 §D.3.3.6); null when it does not.</param>
    ServiceContext? Offer(string abstractSyntax, SopClassCommonExtendedNegotiation? related) => null;

    /// <summary>The answer to extended negotiation (PS3.7 §D.3.3.5) of a SOP class that was accepted; null for none.</summary>
    /// <param name="proposed">The requestor's application information.</param>
    /// <param name="profile"><see cref="AssociationDecision.Profile"/>.</param>
    ReadOnlyMemory<byte>? Negotiate(SopClassExtendedNegotiation proposed, object? profile) => null;

    /// <summary>
    /// Performs one request and responds to it, on the association's thread. What of the data set is not read is skipped.
    /// An exception other than of the association is answered with <see cref="Messages.DimseStatus.ProcessingFailure"/>.
    /// </summary>
    void Handle(DimseRequest request);
}
