using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.TransferSyntaxes;

/// <summary>
/// Re-encodes a native data set in another native transfer syntax while it is read: byte order, VR fields and deflate
/// change, values do not. Memory is bounded by buffers, whatever the size of a value.
/// </summary>
/// <remarks>
/// Between Explicit and Implicit VR the length of a sequence changes, and is not known before its end: such sequences and
/// items get an undefined length, and group lengths (retired) are left out. What Implicit VR does not tell comes from the
/// dictionary; a private element becomes UN (PS3.5 §6.2.2).
/// </remarks>
public static class NativeTranscodingStream
{
    /// <summary>Any native data set as Explicit VR Little Endian, and VRs that are not of the standard as UN.</summary>
    /// <param name="source">The data set in <paramref name="from"/>; closed with the result.</param>
    /// <param name="from">A native transfer syntax.</param>
    /// <param name="unknown">Vr.OB for peers that do not read UN: values of an unknown VR get it instead.</param>
    /// <returns>As of <see cref="Create"/>.</returns>
    public static Stream Normalize(Stream source, TransferSyntax from, Vr unknown = Vr.UN)
    {
        if (!from.IsNative) throw new ArgumentException($"{from} is not native.", nameof(from));
        var stream = from.IsDeflated ? new InflatingStream(source) : source;
        return new ReencodingStream(stream, from, ElementEncoding.Of(TransferSyntaxRegistry.ExplicitVrLittleEndian), unknown);
    }

    /// <param name="source">The data set in <paramref name="from"/>; closed with the result.</param>
    /// <param name="from">A native transfer syntax.</param>
    /// <param name="to">A native transfer syntax.</param>
    /// <returns>A stream to read once. Reading throws <see cref="DicomFormatException"/> where the source is broken.</returns>
    /// <exception cref="ArgumentException">One of the two is encapsulated.</exception>
    public static Stream Create(Stream source, TransferSyntax from, TransferSyntax to)
    {
        if (!from.IsNative) throw new ArgumentException($"{from} is not native.", nameof(from));
        if (!to.IsNative) throw new ArgumentException($"{to} is not native.", nameof(to));
        if (from == to) return source;

        var (encodingFrom, encodingTo) = (ElementEncoding.Of(from), ElementEncoding.Of(to));
        var stream = source;
        if (from.IsDeflated) stream = new InflatingStream(stream);
        if (encodingFrom != encodingTo) stream = new ReencodingStream(stream, from, encodingTo);
        if (to.IsDeflated) stream = new DeflatingStream(stream);
        return stream;
    }
}
