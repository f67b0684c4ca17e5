namespace Pacs.Dicom.Net;

/// <summary>The connection could not be made, or went away, or the association was already released.</summary>
public sealed class AssociationClosedException(string message, Exception? inner = null) : AssociationException(message, inner);
