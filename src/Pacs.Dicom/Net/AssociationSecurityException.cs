namespace Pacs.Dicom.Net;

/// <summary>The connection could not be secured: no TLS at the other end, nothing in common, or a certificate that one side does not trust.</summary>
public sealed class AssociationSecurityException(string message, Exception? inner = null) : AssociationException(message, inner);
