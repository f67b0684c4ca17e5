namespace Pacs.Dicom.Primitives;

/// <summary>What PS3.5 §6.2 and §7.1.2 say of each value representation.</summary>
public static class VrTraits
{
    extension(Vr vr)
    {
        /// <summary>One of the VRs of the standard (a peer may send any two letters).</summary>
        public bool IsKnown => vr != Vr.None && Enum.IsDefined(vr);

        /// <summary>
        /// Explicit VR encodings give this VR two reserved bytes and a 32-bit length (PS3.5 Table 7.1-1).
        /// VRs of later editions do too, so unknown ones are read that way; but what is not even two letters, as old
        /// software writes for want of a VR, has been seen with a 16-bit length only.
        /// </summary>
        public bool HasLongLength => ((ushort)vr >> 8) is >= 'A' and <= 'Z' && ((ushort)vr & 0xFF) is >= 'A' and <= 'Z'
            && vr is not (Vr.AE or Vr.AS or Vr.AT or Vr.CS or Vr.DA or Vr.DS or Vr.DT or Vr.FL or Vr.FD or Vr.IS
            or Vr.LO or Vr.LT or Vr.PN or Vr.SH or Vr.SL or Vr.SS or Vr.ST or Vr.TM or Vr.UI or Vr.UL or Vr.US);

        /// <summary>Values are text.</summary>
        public bool IsText => vr is Vr.AE or Vr.AS or Vr.CS or Vr.DA or Vr.DS or Vr.DT or Vr.IS or Vr.LO or Vr.LT or Vr.PN or Vr.SH
            or Vr.ST or Vr.TM or Vr.UC or Vr.UI or Vr.UR or Vr.UT;

        /// <summary>Text in the characters of Specific Character Set (0008,0005); other text is ASCII.</summary>
        public bool UsesSpecificCharacterSet => vr is Vr.LO or Vr.LT or Vr.PN or Vr.SH or Vr.ST or Vr.UC or Vr.UT;

        /// <summary>Text in which a backslash separates values.</summary>
        public bool IsMultiValuedText => vr.IsText && vr is not (Vr.LT or Vr.ST or Vr.UT or Vr.UR);

        /// <summary>Bytes of the unit that byte order applies to: 1, 2, 4 or 8. AT counts as pairs of 2.</summary>
        public int UnitSize => vr switch
        {
            Vr.US or Vr.SS or Vr.OW or Vr.AT => 2,
            Vr.UL or Vr.SL or Vr.FL or Vr.OL or Vr.OF => 4,
            Vr.FD or Vr.OD or Vr.OV or Vr.SV or Vr.UV => 8,
            _ => 1,
        };

        /// <summary>Bytes of one value where values are numbers (or tags); 0 for every other VR.</summary>
        public int NumberSize => vr switch
        {
            Vr.US or Vr.SS => 2,
            Vr.UL or Vr.SL or Vr.FL or Vr.AT => 4,
            Vr.FD or Vr.SV or Vr.UV => 8,
            _ => 0,
        };

        /// <summary>The byte that pads a value to even length (PS3.5 §6.2): NUL for UI and binary, space for text.</summary>
        public byte Padding => vr.IsText && vr != Vr.UI ? (byte)' ' : (byte)0;

        /// <summary>Text without what is insignificant in it: padding behind, and where the standard has it so before (PS3.5 §6.2).</summary>
        internal ReadOnlySpan<byte> TrimUtf8(ReadOnlySpan<byte> text)
        {
            text = text.TrimEnd(" \0"u8);
            return vr.IsMultiValuedText && vr != Vr.UC ? text.TrimStart((byte)' ') : text;
        }

        /// <summary>The two letters, "??" for a VR with letters outside A–Z.</summary>
        public string Code => vr.IsKnown ? vr.ToString() : "??";
    }

    /// <summary>The VR of the two letters; false when they are not one of the standard's.</summary>
    public static bool TryParse(ReadOnlySpan<char> code, out Vr vr)
    {
        vr = code.Length == 2 ? (Vr)((code[0] << 8) | (code[1] & 0xFF)) : Vr.None;
        return vr.IsKnown;
    }
}
