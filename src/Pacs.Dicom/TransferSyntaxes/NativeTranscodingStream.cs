namespace Pacs.Dicom.TransferSyntaxes;

/// <summary>
/// Re-encodes a native data set in another native transfer syntax while it is read: byte order, VR fields and deflate
/// change, values do not. Memory is bounded by buffers, whatever the size of a value.
/// </summary>
public static class NativeTranscodingStream
{
    /// <param name="source">The data set in <paramref name="from"/>; closed with the result.</param>
    /// <param name="from">A native transfer syntax.</param>
    /// <param name="to">A native transfer syntax.</param>
    /// <exception cref="ArgumentException">One of the two is encapsulated.</exception>
    public static Stream Create(Stream source, TransferSyntax from, TransferSyntax to) => throw new NotImplementedException();
}
