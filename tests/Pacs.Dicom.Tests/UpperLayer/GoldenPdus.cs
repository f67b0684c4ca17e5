using System.Text;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Tests.UpperLayer;

/// <summary>PDUs byte by byte, written out from PS3.8 §9.3 and PS3.7 §D.3.3, with what they say.</summary>
internal static class GoldenPdus
{
    public static byte[] AssociateRq { get; } = Hex(
        "01 00 00000106",                                                 // A-ASSOCIATE-RQ, 262 bytes
        "0001 0000",                                                      // version 1
        Text("PACS            "), Text("MODALITY        "),               // called, calling
        new string('0', 64),                                              // reserved
        "10 00 0015", Text("1.2.840.10008.3.1.1.1"),                      // application context
        "20 00 002E", "01 00 00 00",                                      // presentation context 1
        "30 00 0011", Text("1.2.840.10008.1.1"),                          //   verification
        "40 00 0011", Text("1.2.840.10008.1.2"),                          //   Implicit VR Little Endian
        "50 00 0073",                                                     // user information
        "51 00 0004 00004000",                                            //   16,384 bytes
        "52 00 0005", Text("1.2.3"),                                      //   implementation class
        "53 00 0004 0002 0003",                                           //   2 invoked, 3 performed
        "54 00 000B 0007", Text("1.2.840"), "00 01",                      //   role: SCP only
        "55 00 0004", Text("TEST"),                                       //   implementation version
        "56 00 000C 0007", Text("1.2.840"), "010001",                     //   extended: three bytes of information
        "57 00 001D 0007", Text("1.2.840"), "0007", Text("1.2.841"),      //   common extended: of service class 1.2.841,
        "0009", "0007", Text("1.2.842"),                                  //     a kind of 1.2.842
        "58 00 000E 02 01 0003", Text("bob"), "0005", Text("12345"));     //   user name and passcode, response wanted

    public static byte[] AssociateAc { get; } = Hex(
        "02 00 0000009E",                                                 // A-ASSOCIATE-AC, 158 bytes
        "0001 0000",
        Text("PACS            "), Text("MODALITY        "),
        new string('0', 64),
        "10 00 0015", Text("1.2.840.10008.3.1.1.1"),
        "21 00 0019", "01 00 00 00", "40 00 0011", Text("1.2.840.10008.1.2"),
        "21 00 0008", "03 00 03 00", "40 00 0000",                        // context 3: abstract syntax not supported
        "50 00 0014",
        "51 00 0004 00000000",                                            //   no limit
        "59 00 0008 0006", Text("ticket"));                               //   identity response

    public static byte[] AssociateRj { get; } = Hex("03 00 00000004 00 01 01 07");
    public static byte[] PData { get; } = Hex(
        "04 00 00000013",
        "00000006 01 03 DEADBEEF",                                        // context 1, last fragment of a command
        "00000005 03 00 010203");                                         // context 3, fragment of a data set, more to come
    public static byte[] ReleaseRq { get; } = Hex("05 00 00000004 00000000");
    public static byte[] ReleaseRp { get; } = Hex("06 00 00000004 00000000");
    public static byte[] Abort { get; } = Hex("07 00 00000004 00 00 02 06");

    public static TheoryData<string, byte[]> All => new()
    {
        { nameof(AssociateRq), AssociateRq },
        { nameof(AssociateAc), AssociateAc },
        { nameof(AssociateRj), AssociateRj },
        { nameof(PData), PData },
        { nameof(ReleaseRq), ReleaseRq },
        { nameof(ReleaseRp), ReleaseRp },
        { nameof(Abort), Abort },
    };

    public static Pdu Read(byte[] bytes) =>
        PduReader.TryRead(bytes, PduLimits.Default, out var pdu, out var consumed) && consumed == bytes.Length ? pdu : throw new InvalidOperationException("Not one PDU.");

    public static byte[] Hex(params string[] parts) => Convert.FromHexString(string.Concat(parts).Replace(" ", ""));

    private static string Text(string text) => Convert.ToHexString(Encoding.ASCII.GetBytes(text));
}
