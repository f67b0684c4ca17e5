namespace Pacs.Dicom.Net;

/// <summary>Performs the operations of some SOP classes. One instance serves all associations, each on its own thread.</summary>
public interface IDimseService
{
    /// <summary>What is negotiated for it. No two services of a listener share an abstract syntax.</summary>
    IReadOnlyList<ServiceContext> Contexts { get; }

    /// <summary>
    /// Performs one request and responds to it, on the association's thread. What of the data set is not read is skipped.
    /// An exception other than of the association is answered with <see cref="Messages.DimseStatus.ProcessingFailure"/>.
    /// </summary>
    void Handle(DimseRequest request);
}
