using System.Text;

namespace Pacs.Dicom.CharacterSets;

internal static class CodePages
{
    /// <summary>Decodes what it cannot to U+FFFD and encodes it to "?"; registers nothing for the rest of the process.</summary>
    public static Encoding Get(int codePage) =>
        CodePagesEncodingProvider.Instance.GetEncoding(codePage, EncoderFallback.ReplacementFallback, DecoderFallback.ReplacementFallback)
        ?? Encoding.GetEncoding(codePage, EncoderFallback.ReplacementFallback, DecoderFallback.ReplacementFallback);
}
