namespace Pacs.Fuzz.Tests.Fuzzing;

/// <summary>Something that has to hold does not.</summary>
internal sealed class FuzzException(string message, Exception? inner = null) : Exception(message, inner);
