using System.ComponentModel;
using System.Globalization;

namespace Pacs.Storage.Security;

/// <summary>Secrets in the configuration.</summary>
internal sealed class SecretTypeConverter : TypeConverter
{
    public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) => sourceType == typeof(string);

    public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) => value is string text ? new Secret(text) : null;
}
