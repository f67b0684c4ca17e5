namespace Pacs.Storage.Multipart;

/// <summary>A body that is not the multipart message its Content-Type promises (RFC 2046 §5.1), or one beyond the limits.</summary>
public sealed class MultipartException(string message) : Exception(message);
