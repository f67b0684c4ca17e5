namespace Pacs.Dicom.Net;

/// <summary>The peer did not do in time what was waited for. The association has been aborted.</summary>
public sealed class AssociationTimeoutException(string message) : AssociationException(message);
